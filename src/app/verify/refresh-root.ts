import * as path from "node:path";
import { readTrustedRoot, withNewerRoots } from "../../adapters/sigstore/trusted-root";
import { isError, outsideError } from "../../core/error";
import type { Deployment, StackConfig } from "../../core/stack/plan";
import { formatPin } from "../../core/version";
import { demandedIn } from "../../core/verify/demanded";
import type { SubjectVerdict } from "../../core/verify/judge";
import { trustFiles } from "../../core/verify/policy";
import {
  formatRecord,
  parseRecord,
  recordFile,
  recordWith,
  saysSame,
} from "../../core/verify/record";
import type { EnvironmentReader } from "../environments";
import { plansIn } from "../plan-stacks";
import type { Reporter } from "../reporter";
import { judgedBySides, type Side } from "./sides";
import { readerOf, type ReadFile } from "./trust";
import type { World } from "../world";

/** Where newer trust roots come from. */
export interface RootSource {
  /** Addresses of TUF repositories. */
  readonly mirrors: readonly string[];
  /** Of the mirror whose initial root the program has. */
  readonly known: string;
  /** As `trustRootFrom`. */
  readonly fetch: (mirror: string, initial: string | undefined) => Promise<string>;
  /** Reads a file of what was proposed before; undefined where nothing was. */
  readonly proposed: ReadFile;
}

/** A newer trust root, and what becomes of what was signed. */
export interface RefreshedRoot {
  /** Trust roots and records that change, by file. */
  readonly files: ReadonlyMap<string, string>;
  /** Files of trust roots that change. */
  readonly roots: readonly string[];
  /** What counts by the trust root of today and not by the newer one, a clause each. */
  readonly lost: readonly string[];
  /** What nobody knows, a clause each: instances without a source, stacks whose registry can't be asked. */
  readonly unknown: readonly string[];
}

/**
 * Returns the trust roots of the working tree with the newer ones of TUF repositories, where they differ. What stacks
 * run is verified with both: what only the trust root of today lets count is lost, and what counts by the newer one as
 * well gets its record anew, as those of another trust root prove nothing.
 * @throws ReleasesError of kind `outside` where a repository can't be asked, or has what can't be read
 */
export async function refreshRoot(
  world: World,
  reader: EnvironmentReader,
  source: RootSource,
  report: Reporter,
): Promise<RefreshedRoot> {
  const read = readerOf(world.files);
  const demanded = plansIn(reader.current).flatMap(demandedIn);
  const { roots } = trustFiles(...demanded.map(({ policy }) => policy));
  const changed = new Map<string, string>();
  const unknown: string[] = [];
  for (const file of roots) {
    const text = read(file);
    // `lint` says what is wrong with a trust root.
    if (text === undefined || "problem" in readTrustedRoot(text, file)) continue;
    const newer = withNewerRoots(text, await newestRoots(source, file, read));
    if (newer.unknown > 0) unknown.push(unsourced(file, newer.unknown, source));
    if (newer.text === text) continue;
    const found = readTrustedRoot(newer.text, file);
    if ("problem" in found)
      throw outsideError(`the newer trust root can't be used: ${found.problem}`);
    changed.set(file, newer.text);
  }
  if (changed.size === 0) return { files: changed, roots: [], lost: [], unknown };
  const judged = await judgedByBoth(
    world,
    reader,
    (file) => changed.get(file) ?? read(file),
    report,
  );
  return {
    files: new Map([...changed, ...recordsOf(world, source, judged.counted)]),
    roots: [...changed.keys()],
    lost: judged.lost,
    unknown: [...unknown, ...judged.unknown],
  };
}

/** Returns the file of the root that is trusted to begin with, of a mirror: beside the trust root. */
function initialFile(file: string, mirror: string): string {
  return path.posix.join(
    path.posix.dirname(file),
    `${new URL(mirror).host.replace(":", "-")}.json`,
  );
}

async function newestRoots(
  { mirrors, known, fetch }: RootSource,
  file: string,
  read: ReadFile,
): Promise<string[]> {
  const found: string[] = [];
  for (const mirror of mirrors) {
    const initial = read(initialFile(file, mirror));
    if (initial === undefined && mirror !== known) continue;
    const text = await fetch(mirror, initial);
    const root = readTrustedRoot(text, mirror);
    if ("problem" in root) throw outsideError(`${mirror} has what can't be used: ${root.problem}`);
    found.push(text);
  }
  return found;
}

function unsourced(file: string, count: number, { mirrors, known }: RootSource): string {
  const files = mirrors.filter((mirror) => mirror !== known).map((one) => initialFile(file, one));
  return `${file}: ${count} of its instances stay as they are; their TUF repository's root isn't here (${files.join(", ")})`;
}

interface Judged {
  /** What counts by the newer trust root. */
  readonly counted: readonly SubjectVerdict[];
  readonly lost: readonly string[];
  readonly unknown: readonly string[];
}

/** Judges what stacks run, as declared and in the working tree, by the newer trust root and that of today. */
async function judgedByBoth(
  world: World,
  reader: EnvironmentReader,
  newer: ReadFile,
  report: Reporter,
): Promise<Judged> {
  const counted: SubjectVerdict[] = [];
  const lost = new Set<string>();
  const unknown: string[] = [];
  for (const environment of reader.environments.values()) {
    const states = [reader.declared(environment), reader.inWorkingTree(environment)];
    for (const { config, list, deployments } of states.flatMap(({ plans }) => plans)) {
      const side = { ...sideOf(config, list), environments: reader.environments };
      const sides = [
        { ...side, read: newer },
        { ...side, read: readerOf(world.files) },
      ] as const;
      const running = { config, deployments, list: reader.current.list };
      const found = await unlessOutside(
        () => judgedBySides(world, running, sides, report),
        (message) => unknown.push(`${config.stack}: ${message}`),
      );
      const passes = new Set<Deployment>();
      for (const one of found) {
        if (one.side !== sides[0] || !one.pass) continue;
        passes.add(one.deployment);
        counted.push(...one.subjects);
      }
      for (const { side: by, deployment, pass } of found) {
        if (by !== sides[1] || !pass || passes.has(deployment)) continue;
        lost.add(`${deployment.service.name} ${formatPin(deployment)} in ${config.stack}`);
      }
    }
  }
  return { counted, lost: [...lost], unknown: [...new Set(unknown)] };
}

function sideOf(
  { environment, githubOwner: owner }: StackConfig,
  list: Side["list"],
): Pick<Side, "environment" | "owner" | "list"> {
  return { environment, owner, list };
}

async function unlessOutside<Found>(
  ask: () => Promise<Found[]>,
  tell: (message: string) => void,
): Promise<Found[]> {
  try {
    return await ask();
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    tell(cause.message);
    return [];
  }
}

/** Returns the records that change. What was proposed before stays as it is, so that a second run changes nothing. */
function recordsOf(
  { files, now }: World,
  { proposed }: RootSource,
  verdicts: readonly SubjectVerdict[],
): Map<string, string> {
  const read = readerOf(files);
  const found = new Map<string, string>();
  for (const { subject, accepted } of verdicts) {
    const file = recordFile(subject.digest);
    const before = parseRecord(read(file) ?? "", subject.digest);
    // What has no record is for whoever verifies it first.
    if (before === undefined) continue;
    const former = parseRecord(found.get(file) ?? "", subject.digest) ?? before;
    const record = recordWith(former, subject, accepted, now());
    const earlier = parseRecord(proposed(file) ?? "", subject.digest);
    const isSame = earlier !== undefined && saysSame(earlier, record);
    const text = formatRecord(isSame ? earlier : record);
    if (text !== read(file)) found.set(file, text);
  }
  return found;
}
