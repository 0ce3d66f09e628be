import { chartRuns, pinRuns, type Run } from "../core/history/runs";
import { compareText } from "../core/compare-text";
import { usageError } from "../core/error";
import type { Issue } from "../core/input/issue";
import { deployedChartText } from "../core/part-texts";
import { suggestion } from "../core/suggestion";
import { isCommit, parsePin, Version, type Pin } from "../core/version";
import { runningIn, type EnvironmentState } from "./environment-state";
import { EnvironmentReader } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** What to look for. */
export interface WhereRequest {
  /** A digest or its beginning, a version, or a commit or its beginning; `SERVICE@` may stand in front. */
  readonly what: string;
  /** All services without one. */
  readonly service: string | undefined;
}

/** A time for which a stack ran what was asked for. */
export interface Place {
  /** Null where a commit of this repository was asked for, which is about all services of the stack. */
  readonly service: string | null;
  readonly environment: string;
  readonly stack: string;
  /** Of the image or of the chart. */
  readonly version: string | null;
  readonly digest: string | null;
  /** Null where git doesn't tell, as of what ran already where a shallow clone begins. */
  readonly from: Date | null;
  /** Null: it runs now. */
  readonly until: Date | null;
  /** The commit that says so; of a commit of this repository the one at the environment's ref. */
  readonly commit: string;
  /** The file that says so. */
  readonly file: string;
}

/** Where something runs and ran, and where that was looked for. */
export interface WhereResult {
  /** What runs now first, then by service, environment and stack, newest first. */
  readonly places: readonly Place[];
  readonly searched: {
    readonly environments: readonly string[];
    /** Pins and charts that stacks run or ran. */
    readonly runs: number;
  };
  /** Why files can't be read, so that it isn't known what runs now. */
  readonly unreadable: readonly Issue[];
}

/**
 * Returns which stacks run or ran a digest, a version or a commit, when, and what says so: from git, images and
 * charts. A commit of this repository is looked for at the refs of the environments.
 * @throws ReleasesError of kind `usage` for what names none of them, a beginning that several digests or commits have,
 *   and an unknown service
 */
export function where(world: World, request: WhereRequest, report: Reporter): WhereResult {
  const reader = new EnvironmentReader(world, report, (file) => file === "environments.yaml");
  const environments = [...reader.environments.values()];
  const histories = reader.history(environments);
  const states = environments.map((environment) => reader.declared(environment));
  const runs = states.flatMap((state): Place[] => {
    const { entries, before, parts } = histories.get(state.environment.name) ?? NO_HISTORY;
    const changes = [...entries, ...before];
    const places = placesOf(state, pinRuns(changes), chartRuns(changes, parts, chartIn(state)));
    const starts = new Set(before.map(({ commit }) => commit));
    return places.map((place) => (starts.has(place.commit) ? { ...place, from: null } : place));
  });
  const { text, service } = wanted(request, reader, runs);
  const hex = text.toLowerCase();
  noticePreviews(states, hex, service, report);
  const own = service === undefined ? runs : runs.filter((run) => run.service === service);
  const places = matching(text, own);
  const containing = service === undefined ? atRefs(world, reader, states, hex) : [];
  return {
    places: [...places, ...containing].sort(inOrder),
    searched: { environments: environments.map(({ name }) => name), runs: runs.length },
    unreadable: [...reader.current.unreadableFiles, ...states.flatMap((one) => one.unreadable)],
  };
}

const NO_HISTORY = { entries: [], before: [], parts: [] };

/** Returns the chart that a stack runs of a service now, in one text. */
function chartIn({ plans }: EnvironmentState) {
  return (stack: string, service: string): string | undefined => {
    const running = runningIn(plans, stack).get(service);
    return running && deployedChartText(running.chart);
  };
}

function placesOf(
  { environment: { name: environment } }: EnvironmentState,
  pins: readonly Run<Pin>[],
  charts: readonly Run<string>[],
): Place[] {
  const placeOf = (run: Run<unknown>, version: string, digest?: string): Place => ({
    service: run.service,
    environment,
    stack: run.stack,
    version,
    digest: digest ?? null,
    from: run.from,
    until: run.until ?? null,
    commit: run.commit,
    file: run.file,
  });
  return [
    ...pins.map((run) => placeOf(run, run.what.version.text, run.what.digest)),
    ...charts.flatMap((run) => {
      const [, version, digest] = CHART.exec(run.what) ?? [];
      return version === undefined ? [] : [placeOf(run, version, digest)];
    }),
  ];
}

/** The version at the end of a chart's text, and its digest. */
const CHART = / ([^ @]+)(?:@(sha256:[0-9a-f]{64}))?$/;

/** Returns the text that is looked for, and its service. */
function wanted(
  { what, service }: WhereRequest,
  reader: EnvironmentReader,
  runs: readonly Place[],
): { text: string; service: string | undefined } {
  const at = what.indexOf("@");
  const text = what.slice(at + 1);
  const before = what.slice(0, Math.max(at, 0));
  // A whole pin, and an image as a cluster names it, are looked for by their digest.
  const isPin = typeof parsePin(what) !== "string" || before.includes("/");
  const named = before === "" || isPin ? undefined : before;
  if (named !== undefined && service !== undefined && named !== service) {
    throw usageError(`"${what}" names ${named}, and --service names ${service}; give one of them`);
  }
  if (!/^(?:sha256:[0-9a-f]{12,64}|\w[\w.+-]*)$/i.test(text) || !/\d|^[a-f]{7,40}$/i.test(text)) {
    const expected = "a digest or its first 12 digits, a version such as v1.2.3, or a commit";
    throw usageError(
      `"${what}" is neither a version nor a digest nor a commit; expected ${expected}`,
    );
  }
  const one = service ?? named;
  const known = new Set([
    ...reader.current.list.map(({ name }) => name),
    ...runs.flatMap((run) => run.service ?? []),
  ]);
  if (one === undefined || known.has(one)) return { text, service: one };
  throw usageError(`unknown service "${one}"; ${suggestion(one, [...known])}`);
}

/** Returns the runs of a version, a digest or a commit. Those of the last two kinds have no case. */
function matching(text: string, runs: readonly Place[]): Place[] {
  const hex = text.toLowerCase();
  const digests = runs.filter(({ digest }) => digest !== null && isDigestOf(hex, digest));
  expectOne(
    text,
    "digests",
    digests.flatMap(({ digest }) => digest ?? []),
  );
  if (digests.length > 0) return digests;
  const versions = runs.filter(({ version }) => version !== null && isSameVersion(text, version));
  if (!COMMIT.test(hex)) return versions;
  const commits = runs.filter(({ version }) => isCommitOf(hex, version ?? ""));
  expectOne(
    text,
    "commits",
    commits.flatMap(({ version }) => COMMIT.exec(version ?? "") ?? []),
  );
  const brought = runs.filter(({ commit }) => commit.startsWith(hex));
  return [...new Set([...versions, ...commits, ...brought])];
}

/** Tells of the copies for pull requests that run a digest or a commit: they have no history, and no version. */
function noticePreviews(
  states: readonly EnvironmentState[],
  text: string,
  service: string | undefined,
  report: Reporter,
): void {
  for (const { config, copies } of states.flatMap(({ plans }) => plans)) {
    for (const { open } of copies) {
      const { commit, digest, pullRequest } = open;
      if (service !== undefined && service !== open.service) continue;
      if (!isDigestOf(text, digest) && !(COMMIT.test(text) && commit.startsWith(text))) continue;
      const what = { service: open.service, pullRequest, digest };
      report.notice({ kind: "previewed", stack: config.stack, ...what });
    }
  }
}

/** Letters of a digest and of a commit that are enough to tell it from others. */
const COMMIT = /^[0-9a-f]{7,40}$/;
const DIGEST = /^(?:sha256:)?[0-9a-f]{12,64}$/;

function isDigestOf(text: string, digest: string): boolean {
  return (
    DIGEST.test(text) && digest.startsWith(text.startsWith("sha256:") ? text : `sha256:${text}`)
  );
}

/** Whether two versions are the same but for a v in front: a chart's tags may have one, and an image's none. */
function isSameVersion(a: string, b: string): boolean {
  return a.replace(/^v(?=\d)/, "") === b.replace(/^v(?=\d)/, "");
}

/** Whether a version is a commit that begins like this, or a build of it, whose suffix is a commit. */
function isCommitOf(text: string, version: string): boolean {
  if (isCommit(version)) return version.startsWith(text);
  if (Version.parse(version)?.isBuild !== true) return false;
  const suffix = version.slice(version.lastIndexOf("-") + 1);
  return suffix.startsWith(text) || text.startsWith(suffix);
}

function expectOne(text: string, what: string, found: readonly string[]): void {
  const different = [...new Set(found)].sort();
  if (different.length < 2) return;
  throw usageError(
    `several ${what} begin with "${text}": ${different.join(", ")}; give more of it`,
  );
}

/** Returns the stacks of the environments whose ref contains a commit of this repository. */
function atRefs(
  world: World,
  reader: EnvironmentReader,
  states: readonly EnvironmentState[],
  text: string,
): Place[] {
  const commit = COMMIT.test(text) ? world.git.commitOf(text) : undefined;
  if (commit === undefined) return [];
  const head = world.git.commitOf("HEAD");
  return states.flatMap(({ environment: { name }, ref, plans }) => {
    const tip = ref?.commit ?? head;
    if (tip === undefined || !reader.leadsTo(commit, tip)) return [];
    return plans.map(({ config: { stack } }): Place => ({
      service: null,
      environment: name,
      stack,
      version: null,
      digest: null,
      from: null,
      until: null,
      commit: tip,
      file: `Pulumi.${stack}.yaml`,
    }));
  });
}

function inOrder(a: Place, b: Place): number {
  return (
    Number(a.until !== null) - Number(b.until !== null) ||
    compareText(a.service ?? "", b.service ?? "") ||
    compareText(a.environment, b.environment) ||
    compareText(a.stack, b.stack) ||
    (b.from?.getTime() ?? 0) - (a.from?.getTime() ?? 0) ||
    compareText(a.version ?? "", b.version ?? "") ||
    compareText(a.commit, b.commit)
  );
}
