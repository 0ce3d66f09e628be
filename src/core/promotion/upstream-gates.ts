/** The gates of the promotion path: what has to have run where a version comes from, for how long, in which bytes. */
import ms, { type StringValue } from "ms";
import { formatPin, Tag, Version, type Pin } from "../version";
import { overridden } from "./break-glass";
import type {
  Candidate,
  GateInput,
  KnownUpstream,
  Pending,
  UnknownUpstream,
  Upstream,
  UpstreamPart,
  Verdict,
} from "./gate";

/** Whether it ran in every stack of every environment that this one takes versions from. */
export function order(candidate: Candidate, { environment, isFirst }: GateInput): Verdict {
  const { service, upstreams = [] } = candidate;
  const { name, from, enters = [] } = environment;
  if (isFirst === true) return { pass: true, reason: `the first deployment of ${name}` };
  if (enters.includes(service.name)) return { pass: true, reason: `it may enter ${name}` };
  const outside = upstreams.find((upstream) => !from.includes(upstream.environment));
  if (outside !== undefined) {
    const path =
      from.length === 0 ? "begins the promotion path" : `takes versions from ${from.join(", ")}`;
    return { pass: false, reason: `${name} ${path}, not from ${outside.environment}` };
  }
  const reasons = from.flatMap((one): Verdict[] => {
    const stacks = upstreams.filter(({ environment }) => environment === one);
    const unknown = { environment: one, problem: "nobody knows what runs there" };
    return stacks.length === 0 ? [unknownUpstream(unknown)] : stacks.map(ranIn);
  });
  return together(reasons, `${name} begins the promotion path`);
}

/** Returns an environment, and which stack of it where it has several. */
function placeOf({ environment, stack }: Upstream): string {
  return stack === undefined ? environment : `${environment} (${stack})`;
}

function unknownUpstream(upstream: UnknownUpstream): Verdict {
  const { environment, problem } = upstream;
  const way = `repair it, promote the service to ${environment} first, or name it in "enters" of environments.yaml`;
  return { pass: false, reason: `${placeOf(upstream)}: ${problem}; ${way}` };
}

function ranIn(upstream: Upstream): Verdict {
  if ("problem" in upstream) return unknownUpstream(upstream);
  const place = placeOf(upstream);
  return together(
    upstream.parts.map(({ what, runs, ran, isUnpinned }): Verdict => {
      if (ran === undefined) return { pass: false, reason: `${place} runs ${runs}, not ${what}` };
      if (ran.since instanceof Date) {
        const verb = ran.until === undefined ? "runs" : "ran";
        const reason = `${what} ${verb} in ${place}`;
        if (isUnpinned !== true) return { pass: true, reason };
        const asked = "which pins no digest of it; the registry is asked before it is deployed";
        return { pass: true, pending: { chart: true }, reason: `${reason}, ${asked}` };
      }
      return { pass: false, reason: `${place} doesn't run ${what} yet: ${WHY[ran.since]}` };
    }),
    `${place} runs the same`,
  );
}

/** Why nobody knows since when something runs. */
const WHY = {
  uncommitted: "the change isn't committed",
  coming: "it comes with the same change",
  undeployed: "no update there has brought it; deploy it there first",
  unknown: "there is no git history",
} as const;

/** Returns one verdict of several: they pass together. */
function together(verdicts: readonly Verdict[], none: string): Verdict {
  const refused = verdicts.filter(({ pass }) => !pass);
  const decisive = refused.length > 0 ? refused : verdicts;
  if (decisive.length === 0) return { pass: true, reason: none };
  const reason = [...new Set(decisive.map(({ reason }) => reason))].join("; ");
  const [pending, other] = pendingOf(verdicts);
  if (refused.length === 0 && other !== undefined) {
    const found = `what ran has no digest, as ${pending?.version ?? ""} and as ${other.version ?? ""}; pin digests`;
    return { pass: false, reason: found };
  }
  const times = refused.flatMap(({ passesAt }) => passesAt?.getTime() ?? []);
  // It passes by itself where time is all that each of them waits for.
  const passesAt =
    times.length > 0 && times.length === refused.length ? new Date(Math.max(...times)) : undefined;
  return {
    pass: refused.length === 0,
    reason,
    ...(refused.length === 0 && pending !== undefined && { pending }),
    ...(passesAt !== undefined && { passesAt }),
  };
}

/** Returns what verdicts leave open, each question once. */
function pendingOf(verdicts: readonly Verdict[]): Pending[] {
  const found = verdicts.flatMap(({ pending }) => pending ?? []);
  return [...new Map(found.map((pending) => [JSON.stringify(pending), pending])).values()];
}

/** Whether a pin is the version that ran upstream, or the release that it was a candidate for. */
export function comesFrom({ version }: Pin, { version: ran }: Pin): boolean {
  return [ran.text, ran instanceof Version ? ran.release.text : ""].includes(version.text);
}

/** Whether it has run long enough in every stack of every environment that it comes from. Whether it ran, order judges. */
export function soak(candidate: Candidate, { environment, now, isFirst }: GateInput): Verdict {
  const { service, upstreams = [], breakGlass } = candidate;
  const { name, soak: wanted, enters = [] } = environment;
  if (wanted === undefined) return { pass: true, reason: `${name} requires no soaking` };
  if (isFirst === true) return { pass: true, reason: `the first deployment of ${name}` };
  if (enters.includes(service.name)) return { pass: true, reason: `it may enter ${name}` };
  const verdict = together(
    upstreams.map((upstream): Verdict => {
      const from = placeOf(upstream);
      if ("problem" in upstream) return { pass: true, reason: `nothing is known of ${from}` };
      return together(
        upstream.parts.map((part) => soaked(from, part, wanted, now)),
        `${from} runs the same`,
      );
    }),
    "nothing soaks before",
  );
  return overridden(verdict, environment, breakGlass);
}

function soaked(from: string, { what, ran }: UpstreamPart, wanted: string, now: Date): Verdict {
  if (ran === undefined) {
    return { pass: false, reason: `${what} never ran in ${from}; ${wanted} required` };
  }
  const { since, until } = ran;
  if (!(since instanceof Date)) {
    const reason = `running time in ${from} is unknown: ${WHY[since]}; ${wanted} required`;
    return { pass: false, reason };
  }
  const passesAt = new Date(since.getTime() + ms(wanted as StringValue));
  if (until !== undefined) {
    const ran = `ran in ${from} from ${since.toISOString()} to ${until.toISOString()}`;
    return { pass: passesAt <= until, reason: `${ran}; ${wanted} required` };
  }
  const reason = `has been running in ${from} since ${since.toISOString()}; ${wanted} required`;
  return passesAt <= now ? { pass: true, reason } : { pass: false, reason, passesAt };
}

/**
 * Whether the checks of the environment are green on each commit that was deployed upstream. A check that didn't run,
 * runs still or was skipped is none.
 */
export function checks(candidate: Candidate, { environment, isFirst }: GateInput): Verdict {
  const { service, upstreams = [], checks: asked, breakGlass } = candidate;
  const { name, checks: wanted = [], enters = [] } = environment;
  if (wanted.length === 0) return { pass: true, reason: `${name} requires no checks` };
  if (isFirst === true) return { pass: true, reason: `the first deployment of ${name}` };
  if (enters.includes(service.name)) return { pass: true, reason: `it may enter ${name}` };
  const deployed = deployedIn(upstreams);
  if (deployed.length > 0 && asked === undefined) {
    const reason = `GitHub wasn't asked about ${wanted.join(", ")}; who deploys asks`;
    return { pass: true, pending: { checks: true }, reason };
  }
  const verdicts = deployed.flatMap(({ from, commit }) =>
    wanted.map((check): Verdict => {
      const place = `${commit.slice(0, SHORT_COMMIT)}, which ${from} runs`;
      const found = asked?.get(commit)?.get(check);
      if (found === undefined) return { pass: false, reason: `${check} didn't run on ${place}` };
      return { pass: found.isGreen, reason: `${check} is ${found.state} on ${place}` };
    }),
  );
  return overridden(together(verdicts, "nothing ran before"), environment, breakGlass);
}

/** Characters of a commit that people read. */
const SHORT_COMMIT = 12;

/** Returns each commit that was deployed in a stack upstream, as far as that is known: else gate order refuses. */
export function deployedIn(upstreams: readonly Upstream[]): { from: string; commit: string }[] {
  const found = upstreams.flatMap((upstream) => {
    const parts = "problem" in upstream ? [] : upstream.parts;
    return parts.flatMap(({ ran }) =>
      ran?.commit === undefined ? [] : { from: placeOf(upstream), commit: ran.commit },
    );
  });
  return [...new Map(found.map((one) => [`${one.from} ${one.commit}`, one])).values()];
}

/** Whether the bytes are those that ran upstream, and a version that runs already keeps its bytes. */
export function sameDigest(
  { intent, service, pin, current, ran, upstreams = [] }: Candidate,
  { environment }: GateInput,
): Verdict {
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
  if (intent === "rollback") {
    const { name } = environment;
    return ran === undefined
      ? { pass: true, reason: "nobody asked what ran before" }
      : sameBytes(pin, { environment: name, pin: ran, parts: [] });
  }
  const other =
    // Who publishes an image may build a tag again: the digest tells the two apart.
    !(pin.version instanceof Tag) &&
    current?.version.text === pin.version.text &&
    current.digest !== undefined &&
    pin.digest !== undefined &&
    current.digest !== pin.digest;
  if (other) {
    const reason = `${environment.name} runs ${formatPin(current)}; the same version with other bytes needs a new number`;
    return { pass: false, reason };
  }
  return together(
    upstreams.flatMap((upstream) => ("problem" in upstream ? [] : sameBytes(pin, upstream))),
    "nothing ran before",
  );
}

function sameBytes(pin: Pin, upstream: KnownUpstream): Verdict {
  const { pin: ran } = upstream;
  const place = placeOf(upstream);
  if (!comesFrom(pin, ran)) return { pass: true, reason: `${place} runs another version` };
  if (ran.digest === undefined && pin.digest !== undefined) {
    const reason = `${place} pins no digest; the registry is asked before it is deployed`;
    return { pass: true, pending: { version: ran.version.text }, reason };
  }
  if (ran.digest === undefined) return { pass: true, reason: "upstream has no pinned digest" };
  if (pin.digest !== undefined && ran.digest !== pin.digest) {
    return { pass: false, reason: `${place} runs ${ran.digest}, and this is ${pin.digest}` };
  }
  return { pass: true, reason: `the bytes that ran in ${place}` };
}
