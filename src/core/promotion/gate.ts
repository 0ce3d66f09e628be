import type { Environment } from "../environments";
import type { Chart, Service } from "../list/service";
import type { StackConfig } from "../stack/plan";
import type { Verification } from "../verify/verification";
import type { Pin } from "../version";
import type { ImageEvidence } from "./artifacts";

/**
 * Why something is evaluated. `inspection`: a tree is looked at as it is. `bump`: one pin is set by hand.
 * `promotion`: a version comes from upstream. `rollback`: an earlier version comes back.
 */
export type Intent = "inspection" | "bump" | "promotion" | "rollback";

/** What a gate must know besides the list, the promotion path and the stack configs. */
export type Needs = "nothing" | "clock" | "history" | "network";

/** The verdict of one gate on one service of a stack. */
export interface GateResult {
  readonly gate: GateName;
  readonly stack: string;
  readonly service: string;
  readonly pass: boolean;
  /** What isn't known here: it passes for now alone, and who deploys asks. */
  readonly pending?: Pending;
  /** Why it passes, or why it refuses and what to do. */
  readonly reason: string;
  /** When it will pass by itself, in ISO 8601 and UTC, where time decides. */
  readonly passesAt: string | null;
}

/** What nobody can answer without a credential. */
export interface Pending {
  /** The version whose bytes in the registry decide; absent where something else does. */
  readonly version?: string;
  /** Whether the bytes of its chart in the registry decide. */
  readonly chart?: true;
  /** Whether signatures decide. */
  readonly signatures?: true;
  /** Whether checks at GitHub decide. Where none of these does, approvals of a pull request do. */
  readonly checks?: true;
}

/** What GitHub says of a check on a commit. */
export interface Check {
  readonly isGreen: boolean;
  /** In GitHub's own words: `success`, `failure`, `in_progress`. */
  readonly state: string;
}

/** What GitHub says of commits: of each the checks by their names, without those that it doesn't have. */
export type Checks = ReadonlyMap<string, ReadonlyMap<string, Check>>;

/** A reason why neither a freeze nor soaking counts. */
export interface BreakGlass {
  readonly reason: string;
  /** Whether a member of the environment's `breakGlass.teams` approved it; absent where nobody was asked. */
  readonly approved?: boolean;
  /** Why nobody knows whether it was approved. */
  readonly problem?: string;
}

/** One service that is about to run at a pin, and what is known about that. */
export interface Candidate {
  readonly intent: Intent;
  readonly service: Service;
  readonly pin: Pin;
  /** What runs there now; absent when nothing does. */
  readonly current?: Pin;
  /** Whether the pin ran there before, and what runs there now came after it; absent where nobody asked. */
  readonly wasReplaced?: boolean;
  /** For a rollback: the pin of its version that ran there; absent where nobody asked. */
  readonly ran?: Pin;
  /** For a promotion: each environment of `from`, of which each stack that runs the service. */
  readonly upstreams?: readonly Upstream[];
  /** What GitHub says of the commits that were deployed upstream; absent where it wasn't asked. */
  readonly checks?: Checks;
  /** What registries know of the image; absent where they weren't asked. */
  readonly images?: readonly ImageEvidence[];
  /** Why its chart isn't to be had as it is pinned; absent where it is, and where nobody asked. */
  readonly chartProblem?: string;
  /** Whether GitHub has the release; absent where it wasn't asked. */
  readonly released?: boolean;
  /** Files that its release on GitHub should have, and hasn't; absent where none is missing. */
  readonly lacks?: readonly string[];
  /** What is known of its signatures; absent where nobody looked for any. */
  readonly verification?: Verification;
  /** Why neither a freeze nor soaking counts for it this time. */
  readonly breakGlass?: BreakGlass;
}

/** A stack of an environment that a promotion comes from: what it ran, or why that isn't known. */
export type Upstream = UnknownUpstream | KnownUpstream;

/** An environment that can't be read, or doesn't run the service. */
export interface UnknownUpstream {
  readonly environment: string;
  /** Absent where it is about the whole environment. */
  readonly stack?: string;
  readonly problem: string;
}

/** What runs, or ran, in a stack of an environment that a promotion comes from. */
export interface KnownUpstream {
  readonly environment: string;
  /** Absent where it is the environment's only one. */
  readonly stack?: string;
  /** The pin that moves where it ran there; else the one that runs. */
  readonly pin: Pin;
  /** What moves: the version, the chart, the image repository. */
  readonly parts: readonly UpstreamPart[];
}

/** One part of what runs of a service, and when it ran upstream. */
export interface UpstreamPart {
  /** What moves, in words: `v1.1.3`, `chart orders 1.4.0`. */
  readonly what: string;
  /** What runs upstream, in the same words. */
  readonly runs: string;
  /** When it ran upstream; absent where it never did. */
  readonly ran?: Ran;
  /** Whether it has a digest, and what ran had none: the registry knows whether it is the same. */
  readonly isUnpinned?: true;
}

/** A time for which something ran in an environment. */
export interface Ran {
  /**
   * Since when, or why that isn't known: it isn't committed, it comes with the change that is judged, no
   * update brought it, or there is no git.
   */
  readonly since: Date | "uncommitted" | "coming" | "undeployed" | "unknown";
  /** When something else replaced it; absent where it runs. */
  readonly until?: Date;
  /** The last commit with it that was deployed, or declared where no state was asked; absent where nobody knows. */
  readonly commit?: string;
}

/** A service as a stack would run it. */
export interface RunningService extends Pick<Candidate, "service" | "pin"> {
  /** Absent where Helm doesn't deploy it. */
  readonly chart?: Chart;
}

/** Input of the gates that need nothing: an environment and all that a stack would run in it. */
export interface StaticInput {
  readonly environment: Environment;
  /** Services of the list that the stack owns: what other stacks run isn't known here. */
  readonly owned: ReadonlySet<string>;
  /** All that the stack would run, by service. */
  readonly running: ReadonlyMap<string, RunningService>;
  /** What of it requires a service. */
  readonly dependents: ReadonlyMap<string, readonly Service[]>;
  readonly config: StackConfig;
}

/** Input of every gate. */
export interface GateInput extends StaticInput {
  /** Decides about freezes, soaking and holds. */
  readonly now: Date;
  /** Whether no stack of the environment was ever deployed: nothing can have come the path then. */
  readonly isFirst?: boolean;
}

/** What a gate says, without its name. */
export interface Verdict {
  readonly pass: boolean;
  readonly pending?: Pending;
  readonly reason: string;
  readonly passesAt?: Date;
}

/** One condition that a version must meet before it runs in an environment. */
export interface Gate<Input = GateInput> {
  readonly name: GateName;
  readonly needs: Needs;
  /** The intents that it judges. */
  readonly intents: readonly Intent[];
  readonly evaluate: (candidate: Candidate, input: Input) => Verdict;
}

/** The name of a gate: `lint`, `promote` and the plan print it. */
export type GateName =
  | "path"
  | "rejected"
  | "accepted"
  | "prerelease"
  | "digest"
  | "requires"
  | "required-by"
  | "hold"
  | "order"
  | "soak"
  | "checks"
  | "freeze"
  | "downgrade"
  | "same-digest"
  | "artifact"
  | "release"
  | "verified";
