import { isTagPattern } from "../../core/environments";
import { replay, type Change, type Snapshot } from "../../core/history/replay";
import { compareText } from "../../core/compare-text";
import { PastReader, type PastFile } from "../../core/history/past-parser";
import { formatPin } from "../../core/version";
import { ask, GitError, isInGit } from "./git";
import {
  changesBetween,
  commitsTo,
  messagesOf,
  type CommitMessage,
  type FileChange,
  type LoggedCommit,
} from "./log";
import { isRead } from "../../core/files";
import { contentsOf } from "./tree";
import { resolveRef, versionTags } from "./refs";

/** One change of what an environment runs, and who made it. */
export interface HistoryEntry extends Change {
  readonly environment: string;
  /** How many commits or tags of its branch or pattern came before: commits may share a second. */
  readonly place: number;
  readonly author: string;
  /** Number of the pull request that brought it, where a commit names one. */
  readonly pullRequest: number | undefined;
  /** Why: what the commit says of breaking the glass, or the hold that came with it. */
  readonly reason: string | undefined;
}

/** What git knows of an environment. */
export interface History {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /**
   * What ran already where the history of a shallow clone begins; empty in a whole one. It may have
   * run for longer.
   */
  readonly before: readonly Change[];
}

/** Commits that an environment's truth stood at, and what each brought. */
interface Step {
  readonly commit: string;
  readonly at: Date;
  readonly changes: readonly FileChange[];
  /** The commits that came with it, newest first; its own is among them. */
  readonly brought: readonly LoggedCommit[];
}

/**
 * Returns what environments ran, from git alone: who changed which pin or release when, and in which
 * commit and pull request. A branch is followed along its first parents, tags from one highest version
 * to the next, files across renames. No entry is older than the one before it, whatever clocks said.
 * @param refs for each environment its `ref`; undefined for the commits of the current branch
 * @throws GitError outside of git
 */
export function historyOf(
  folder: string,
  refs: ReadonlyMap<string, string | undefined>,
): Map<string, History> {
  const histories = new Map<string, History>();
  if (!isInGit(folder)) throw new GitError(`${folder} is in no git repository`);
  const shallow = ask(folder, ["rev-parse", "--is-shallow-repository"])?.[0] === "true";
  for (const [ref, environments] of grouped(refs)) {
    const line = new Line(folder, stepsOf(folder, ref));
    const first = shallow ? line.steps[0]?.commit : undefined;
    for (const [environment, changes] of replay(environments, line.snapshots())) {
      const before = changes.filter(({ commit }) => commit === first);
      const later = changes.filter(({ commit }) => commit !== first);
      const entries = line.detailed(later).map((entry) => ({ ...entry, environment }));
      histories.set(environment, { before, entries });
    }
  }
  return histories;
}

/** Returns the environments of each ref: several may share one line of commits. */
function grouped(refs: ReadonlyMap<string, string | undefined>): Map<string | undefined, string[]> {
  const groups = new Map<string | undefined, string[]>();
  for (const [environment, ref] of refs) {
    groups.set(ref, [...(groups.get(ref) ?? []), environment]);
  }
  return groups;
}

/** Returns the steps of a ref, oldest first; of the current branch where it doesn't exist. */
function stepsOf(folder: string, ref: string | undefined): Step[] {
  const tags = ref !== undefined && isTagPattern(ref) ? versionTags(folder, ref) : [];
  const truth = tags.at(-1) ?? (ref === undefined ? undefined : resolveRef(folder, ref));
  const last = truth?.commit ?? headOf(folder);
  if (last === undefined) return [];
  const commits = commitsTo(folder, last);
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const line = tags.length > 0 ? tags : firstParents(commits, byId);
  const places = new Map(commits.map(({ id }, place) => [id, place]));
  const seen = new Set<string>();
  let at = new Date(0);
  return line.map((step, index) => {
    at = step.at > at ? step.at : at;
    const brought = newAncestors(step.commit, byId, seen).sort(
      (a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0),
    );
    const changes =
      tags.length > 0
        ? changesBetween(folder, line[index - 1]?.commit, step.commit)
        : (byId.get(step.commit)?.changes ?? []);
    return { commit: step.commit, at, changes, brought };
  });
}

/** Undefined where there is no commit yet. */
function headOf(folder: string): string | undefined {
  return ask(folder, ["rev-parse", "--verify", "--quiet", "HEAD"])?.[0];
}

function firstParents(
  commits: readonly LoggedCommit[],
  byId: ReadonlyMap<string, LoggedCommit>,
): { commit: string; at: Date }[] {
  const line: { commit: string; at: Date }[] = [];
  for (let next = commits[0]; next !== undefined; next = byId.get(next.parents[0] ?? "")) {
    line.push({ commit: next.id, at: next.at });
  }
  return line.reverse();
}

/** Returns the commits that lead to one and weren't seen yet, and notes them as seen. */
function newAncestors(
  commit: string,
  byId: ReadonlyMap<string, LoggedCommit>,
  seen: Set<string>,
): LoggedCommit[] {
  const found: LoggedCommit[] = [];
  const waiting = [commit];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const next = byId.get(id);
    if (next === undefined || seen.has(id)) continue;
    seen.add(id);
    found.push(next);
    waiting.push(...next.parents);
  }
  return found;
}

/** The steps of one ref, whose files are called what they are called today. */
class Line {
  readonly steps: readonly Step[];
  readonly #folder: string;
  /** What paths of a step's commits, and of older ones, are called today. */
  readonly #names: readonly ReadonlyMap<string, string>[];
  readonly #prefix: string;
  readonly #reader = new PastReader();

  constructor(folder: string, steps: readonly Step[]) {
    this.#folder = folder;
    this.steps = steps;
    this.#prefix = ask(folder, ["rev-parse", "--show-prefix"])?.[0] ?? "";
    this.#names = namesOf(steps);
  }

  /** Reads the steps' files a hundred at a time: all of them may not fit into memory. */
  *snapshots(): Iterable<Snapshot> {
    for (let start = 0; start < this.steps.length; start += STEPS_AT_ONCE) {
      const steps = this.steps.slice(start, start + STEPS_AT_ONCE);
      const files = steps.map(({ changes }, index) =>
        this.#filesOf(changes, this.#names[start + index] ?? new Map()),
      );
      const contents = this.#read(files.flat());
      for (const [index, { commit, at }] of steps.entries()) {
        const changes = (files[index] ?? []).map(({ path, blob }) => {
          return { path, file: blob === undefined ? undefined : contents(path, blob) };
        });
        yield { commit, at, changes };
      }
    }
  }

  /**
   * Returns changes with who made them, newest first: of the commits that came with a step, that is the
   * one that wrote the pin.
   */
  detailed(changes: readonly Change[]): Omit<HistoryEntry, "environment">[] {
    const steps = new Map(this.steps.map((step, index) => [step.commit, { step, index }]));
    const found = changes.map((change) => {
      const { step, index = 0 } = steps.get(change.commit) ?? {};
      const names = this.#names[index] ?? new Map<string, string>();
      const writers = (step?.brought ?? []).filter(({ changes }) =>
        this.#filesOf(changes, names).some(({ path }) => path === change.path),
      );
      return { change, index, writers: this.#whoWrote(change, writers, names) };
    });
    found.sort((a, b) => b.index - a.index || compareText(a.change.service, b.change.service));
    const messages = messagesOf(
      this.#folder,
      found.flatMap(({ change, writers }) => [change.commit, ...writers.map(({ id }) => id)]),
    );
    return found.map(({ change, index, writers }) => {
      const of = (id: string): CommitMessage => messages.get(id) ?? { author: "", text: "" };
      const all = [change.commit, ...writers.map(({ id }) => id)].map(of);
      const writer = writers.find(({ parents }) => parents.length < 2) ?? writers[0];
      const numbers = all.flatMap(({ text }) => pullRequestOf(text) ?? []);
      const glass = all.flatMap(({ text }) => breakGlassOf(text) ?? []);
      return {
        ...change,
        place: index,
        author: of(writer?.id ?? change.commit).author,
        pullRequest: numbers[0],
        reason: glass[0] ?? change.held,
      };
    });
  }

  /** Returns the commits that wrote what a change says. Where one alone touched the file, it is that. */
  #whoWrote(
    { service, to, path }: Change,
    writers: readonly LoggedCommit[],
    names: ReadonlyMap<string, string>,
  ): readonly LoggedCommit[] {
    if (writers.length < 2) return writers;
    const files = writers.map(({ changes }) =>
      this.#filesOf(changes, names).find((file) => file.path === path),
    );
    const contents = this.#read(files.flatMap((file) => file ?? []));
    const pin = to === undefined ? undefined : formatPin(to);
    const wrote = writers.filter((_, index) => {
      const blob = files[index]?.blob;
      return pinIn(blob === undefined ? undefined : contents(path, blob), service) === pin;
    });
    return wrote.length === 0 ? writers : wrote;
  }

  #filesOf(
    changes: readonly FileChange[],
    names: ReadonlyMap<string, string>,
  ): { path: string; blob: string | undefined }[] {
    return changes.flatMap(({ path, from, blob }) => {
      const today = names.get(path) ?? path;
      const before = from === undefined ? undefined : (names.get(from) ?? from);
      // A rename that today's name doesn't follow took the file away from where it was.
      const gone =
        before === undefined || before === today ? [] : [{ path: before, blob: undefined }];
      return [...gone, { path: today, blob }]
        .filter((file) => file.path.startsWith(this.#prefix))
        .map((file) => ({ ...file, path: file.path.slice(this.#prefix.length) }))
        .filter((file) => isRead(file.path) && file.path !== "environments.yaml");
    });
  }

  #read(files: readonly { path: string; blob: string | undefined }[]) {
    const blobs = [...new Set(files.flatMap(({ blob }) => blob ?? []))];
    const contents = contentsOf(this.#folder, blobs);
    const texts = new Map(blobs.map((blob, index) => [blob, contents[index]]));
    const parsed = new Map<string, PastFile | undefined>();
    return (path: string, blob: string): PastFile | undefined => {
      const key = `${blob} ${path}`;
      if (!parsed.has(key)) {
        parsed.set(key, this.#reader.read(path, texts.get(blob)?.toString("utf8") ?? ""));
      }
      return parsed.get(key);
    };
  }
}

const STEPS_AT_ONCE = 100;

/** Returns for each step what the paths of its commits are called today, in the order of the steps. */
function namesOf(steps: readonly Step[]): ReadonlyMap<string, string>[] {
  let names: ReadonlyMap<string, string> = new Map();
  const found: ReadonlyMap<string, string>[] = [];
  for (const { changes } of [...steps].reverse()) {
    const renames = changes.filter(({ from }) => from !== undefined);
    if (renames.length > 0) {
      const older = new Map(names);
      for (const { path, from = path } of renames) older.set(from, names.get(path) ?? path);
      names = older;
    }
    found.push(names);
  }
  return found.reverse();
}

function pinIn(file: PastFile | undefined, service: string): string | undefined {
  if (file === undefined) return undefined;
  if ("definitions" in file) return file.definitions.get(service)?.release;
  return file.versions.get(service);
}

/** Returns the number of `Merge pull request #12 from ...`, or of a squash's `... (#12)`. */
function pullRequestOf(message: string): number | undefined {
  const [subject = ""] = message.split("\n");
  const [, merged, squashed] = /^Merge pull request #(\d+) |\(#(\d+)\)$/.exec(subject) ?? [];
  const number = merged ?? squashed;
  return number === undefined ? undefined : Number(number);
}

function breakGlassOf(message: string): string | undefined {
  return /^Break-glass: (.+)$/im.exec(message)?.[1]?.trim();
}
