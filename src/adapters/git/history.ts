import { outsideError } from "../../core/error";
import { PastReader, type PastFile } from "../../core/history/past-parser";
import { replay, type Change, type PartChange, type Snapshot } from "../../core/history/replay";
import { compareText } from "../../core/compare-text";
import { formatPin } from "../../core/version";
import type { Commit } from "./commit-graph";
import { changesOf, commitsTouching, type FileChange } from "./file-changes";
import { isInGit, isShallow } from "./git";
import { messagesOf, trailersIn } from "./messages";
import { RefLine, type RefStep } from "./ref-line";
import type { TruthRef } from "./refs";
import { contentsOf } from "./tree";

/** One change of what a stack of an environment runs, and who made it. */
export interface HistoryEntry extends Change {
  readonly environment: string;
  /** How many commits or tags of its branch or pattern came before: commits may share a second. */
  readonly order: number;
  readonly author: string;
  /** Number of the pull request that brought it, where a commit names one. */
  readonly pullRequest: number | undefined;
  /** The reasons that its commits give for breaking the glass, or that of the hold that came with it. */
  readonly reason: string | undefined;
}

/** What an environment ran, as git has it. */
export interface History {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /**
   * The versions that ran already where the history of a shallow clone begins; empty in a whole one. They
   * may have run for longer.
   */
  readonly before: readonly Change[];
  /** Changes of charts and image repositories of services that ran already, newest first. */
  readonly parts: readonly PartChange[];
}

/**
 * Returns what environments ran, from git alone: who changed which pin or release when, and in which
 * commit and pull request. A branch is followed along its first parents, tags from one highest version
 * to the next. A file that can't be read changes nothing; one that is renamed begins anew: what it said under
 * a name that wasn't read, or for another environment, ran nowhere. No entry is older than the one before it,
 * and none is from the future, whatever clocks said.
 * @param refs for each environment its `ref`; undefined for the commits that lead to `head`
 * @param now the latest time that a change can be of: a commit from the future is as old as the next one
 * @param head a commit; by default that of the current branch
 * @throws ReleasesError of kind `outside` where the folder isn't in a git repository
 */
export function historyOf(
  folder: string,
  refs: ReadonlyMap<string, string | TruthRef | undefined>,
  now: Date,
  head?: string,
): Map<string, History> {
  const histories = new Map<string, History>();
  if (!isInGit(folder)) throw outsideError(`${folder} is not in a git repository`);
  const shallow = isShallow(folder);
  const lines = new Map(
    grouped(refs).map(({ ref, environments }) => {
      return [RefLine.read(folder, ref, now, head), environments];
    }),
  );
  const tips = [...lines.keys()].flatMap(({ tip }) => tip ?? []);
  const touching = commitsTouching(folder, tips);
  for (const [line, environments] of lines) {
    const past = new RefPast(folder, line, touching);
    const first = shallow ? line.commits[0] : undefined;
    for (const [environment, { changes, parts }] of replay(environments, past.snapshots())) {
      const before = changes.filter(({ commit }) => commit === first);
      const later = changes.filter(({ commit }) => commit !== first);
      const entries = past.detailed(later).map((entry) => ({ ...entry, environment }));
      histories.set(environment, { before, entries, parts: parts.reverse() });
    }
  }
  return histories;
}

/** Returns the environments of each ref: several may share one line of commits. */
function grouped(
  refs: ReadonlyMap<string, string | TruthRef | undefined>,
): { ref: string | TruthRef | undefined; environments: string[] }[] {
  const groups = new Map<string, { ref: string | TruthRef | undefined; environments: string[] }>();
  for (const [environment, ref] of refs) {
    const key = JSON.stringify(ref ?? null);
    const { environments } = groups.get(key) ?? { environments: [] };
    groups.set(key, { ref, environments: [...environments, environment] });
  }
  return [...groups.values()];
}

/** The past of one ref. */
class RefPast {
  readonly #folder: string;
  /** Oldest first. */
  readonly #steps: readonly RefStep[];
  readonly #reader = new PastReader();
  #written: ReadonlyMap<string, readonly ChangedCommit[]> | undefined;

  constructor(folder: string, line: RefLine, touching: ReadonlySet<string>) {
    this.#folder = folder;
    this.#steps = line.steps(touching);
  }

  /** Reads the files of a hundred steps at a time: all of them may not fit into memory. */
  *snapshots(): Iterable<Snapshot> {
    for (let start = 0; start < this.#steps.length; start += STEPS_AT_ONCE) {
      const steps = this.#steps.slice(start, start + STEPS_AT_ONCE);
      const contents = this.#read(steps.flatMap(({ changes }) => changes));
      for (const { commit, at, changes } of steps) {
        // What can't be read can't be deployed: until it is mended, what ran goes on.
        const read = changes.filter((change) => {
          return change.blob === undefined || contents(change).file !== undefined;
        });
        yield { commit, at, changes: read.map(contents) };
      }
    }
  }

  /**
   * Returns changes with who made them, newest first: of the commits that came with a step, the author of
   * the one that wrote the pin.
   */
  detailed(changes: readonly Change[]): Omit<HistoryEntry, "environment">[] {
    const steps = new Map(this.#steps.map((step) => [step.commit, step]));
    this.#written ??= this.#readBrought();
    const touched = changes.map((change) => {
      const { order = 0 } = steps.get(change.commit) ?? {};
      const writers = (this.#written?.get(change.commit) ?? []).flatMap(({ commit, changes }) => {
        const version = changes.find(({ path }) => path === change.path);
        return version === undefined ? [] : { commit, version };
      });
      return { change, order, writers };
    });
    touched.sort(
      (a, b) =>
        b.order - a.order ||
        compareText(a.change.service, b.change.service) ||
        compareText(a.change.stack, b.change.stack),
    );
    const found: { change: Change; order: number; commits: readonly Commit[] }[] = [];
    for (let start = 0; start < touched.length; start += STEPS_AT_ONCE) {
      found.push(...this.#withWriters(touched.slice(start, start + STEPS_AT_ONCE)));
    }
    const messages = messagesOf(
      this.#folder,
      found.flatMap(({ change, commits }) => [change.commit, ...commits.map(({ id }) => id)]),
    );
    const reasons = new Map(
      [...messages].map(([id, { text }]) => [id, trailersIn(text, "Break-glass")]),
    );
    return found.map(({ change, order, commits }) => {
      const ids = [change.commit, ...commits.map(({ id }) => id)];
      const writer = commits.find(({ parents }) => parents.length < 2) ?? commits[0];
      const numbers = ids.flatMap((id) => pullRequestOf(messages.get(id)?.text ?? "") ?? []);
      const given = new Set(ids.flatMap((id) => reasons.get(id) ?? []));
      return {
        ...change,
        order,
        author: messages.get(writer?.id ?? change.commit)?.author ?? "",
        pullRequest: numbers[0],
        reason: given.size === 0 ? change.held : [...given].join("; "),
      };
    });
  }

  /** Returns the commits that came with each step, newest first, and what each changed. */
  #readBrought(): Map<string, ChangedCommit[]> {
    const commits = [...new Set(this.#steps.flatMap(({ brought }) => brought))];
    const pairs = commits.map(({ id, parents }) => ({ before: parents[0], after: id }));
    const found = changesOf(this.#folder, pairs);
    const changes = new Map(commits.map((commit, index) => [commit, found[index] ?? []]));
    return new Map(
      this.#steps.map(({ commit, brought }) => [
        commit,
        brought.map((commit) => ({ commit, changes: changes.get(commit) ?? [] })),
      ]),
    );
  }

  /** Leaves to each change the commits that wrote its pin. Where one alone touched the file, it is that. */
  #withWriters(touched: readonly TouchedChange[]) {
    const several = touched.filter(({ writers }) => writers.length > 1);
    const versions = several.flatMap(({ writers }) => writers.map(({ version }) => version));
    const contents = this.#read(versions);
    return touched.map(({ change, order, writers }) => {
      const { service, to } = change;
      const pin = to === undefined ? undefined : formatPin(to);
      const wrote = writers.filter(({ version }) => {
        return writers.length < 2 || pinsIn(contents(version).file, service).includes(pin);
      });
      const commits = (wrote.length === 0 ? writers : wrote).map(({ commit }) => commit);
      return { change, order, commits };
    });
  }

  #read(versions: readonly FileChange[]): (version: FileChange) => Snapshot["changes"][number] {
    const blobs = [...new Set(versions.flatMap(({ blob }) => blob ?? []))];
    const contents = contentsOf(this.#folder, blobs);
    const bytes = new Map(blobs.map((blob, index) => [blob, contents[index] ?? NOTHING]));
    const parsed = new Map<string, PastFile | undefined>();
    return ({ path, blob }) => {
      if (blob === undefined) return { path, file: undefined };
      const key = `${blob} ${path}`;
      if (!parsed.has(key)) {
        parsed.set(key, this.#reader.read({ file: path, bytes: bytes.get(blob) ?? NOTHING }));
      }
      return { path, file: parsed.get(key) };
    };
  }
}

const STEPS_AT_ONCE = 100;

const NOTHING = new Uint8Array();

/** A commit, and what it changed against its first parent. */
interface ChangedCommit {
  readonly commit: Commit;
  readonly changes: readonly FileChange[];
}

/** A change, and the commits that changed its file, newest first. */
interface TouchedChange {
  readonly change: Change;
  readonly order: number;
  readonly writers: readonly { readonly commit: Commit; readonly version: FileChange }[];
}

/** Returns the pins that a file has of a service, each as it is written; undefined stands for none. */
function pinsIn(file: PastFile | undefined, service: string): (string | undefined)[] {
  if (file === undefined || "clusterOfAll" in file) return [undefined];
  if (!("definitions" in file)) return [file.versions.get(service)];
  const first = file.definitions.get(service);
  return [first, ...(first?.others ?? [])].map((definition) => definition?.release);
}

/** Returns the number of `Merge pull request #12 from ...`, or of a squash's `... (#12)`. */
function pullRequestOf(message: string): number | undefined {
  const [subject = ""] = message.split("\n");
  const [, merged, squashed] = /^Merge pull request #(\d+) |\(#(\d+)\)$/.exec(subject) ?? [];
  const number = merged ?? squashed;
  return number === undefined ? undefined : Number(number);
}
