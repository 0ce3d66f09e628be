import type { Issue } from "../core/input/issue";

/** What a use case tells besides its result. The command line prints it, a pipeline logs it. */
export interface Reporter {
  readonly notice: (notice: Notice) => void;
  /** Tells how far something is that may take a while; undefined when it has ended. */
  readonly progress: (progress: Progress | undefined) => void;
}

/** Something to know that stops nothing; each kind with what its line names. */
export type Notice =
  /** A warning of the list, the path or a stack config. */
  | { readonly kind: "finding"; readonly issue: Issue }
  /** An environment's ref doesn't exist, and the working tree is taken. */
  | { readonly kind: "missing-ref"; readonly environment: string; readonly ref: string }
  /** The working tree pins other versions than the tree at the environment's ref. */
  | {
      readonly kind: "tree-differs";
      readonly environment: string;
      /** Short name of the ref. */
      readonly ref: string;
      /** The stack is told where the environment has several. */
      readonly changes: readonly {
        readonly service: string;
        readonly from: string;
        readonly to: string;
        readonly stack?: string;
      }[];
    }
  | {
      readonly kind: "passed-tags";
      readonly environment: string;
      readonly pattern: string;
      readonly tags: readonly string[];
    }
  /** The history begins somewhere in the middle. */
  | { readonly kind: "shallow-clone" }
  /** A held service of a stack is left out of a set. */
  | {
      readonly kind: "left-out";
      readonly stack: string;
      readonly service: string;
      readonly reason: string;
    }
  /** A stack has already what its environment is about to get: an earlier run may have been ended. */
  | { readonly kind: "already-there"; readonly stack: string; readonly services: readonly string[] }
  /** After an edit of some of its stacks, an environment runs several versions of a service. */
  | {
      readonly kind: "stacks-differ";
      readonly environment: string;
      readonly service: string;
      /** In the order of the stacks. */
      readonly versions: readonly { readonly stack: string; readonly version: string }[];
    }
  /** Offline, a promotion doesn't check for the image of a version that it makes. */
  | {
      readonly kind: "unchecked-tag";
      readonly service: string;
      readonly from: string;
      readonly to: string;
    }
  /** A pin that needs a digest gets none, because the registry doesn't tell it. */
  | { readonly kind: "unresolved-digest"; readonly service: string; readonly reason: string }
  /** GitHub or a registry couldn't be asked what a service follows. */
  | {
      readonly kind: "not-asked";
      readonly stack: string;
      readonly service: string;
      readonly reason: string;
    }
  /** Docker Compose doesn't get a service, or a part of it. */
  | { readonly kind: "not-composed"; readonly service: string; readonly reason: string }
  /** What is deployed isn't signed as its environment wants it, which only warns. */
  | {
      readonly kind: "unverified";
      readonly stack: string;
      readonly service: string;
      readonly reason: string;
    }
  /** A copy for a pull request runs what was looked for, and a stack as such doesn't. */
  | {
      readonly kind: "previewed";
      readonly stack: string;
      readonly service: string;
      readonly pullRequest: number;
      readonly digest: string;
    }
  /** GitHub isn't asked about the checks that an environment requires. */
  | {
      readonly kind: "unasked-checks";
      readonly environment: string;
      readonly checks: readonly string[];
    }
  /** GitHub isn't asked, for want of a token. */
  | {
      readonly kind: "no-github-token";
      readonly about: "releases and attestations" | "deployments";
    }
  /** A stack couldn't be declared at the commit that is compared with. */
  | { readonly kind: "undeclarable-before"; readonly stack: string }
  /** A higher tag is an environment's ref. */
  | {
      readonly kind: "higher-tag";
      readonly environment: string;
      readonly tag: string;
      readonly pattern: string;
    }
  /** Where an edit has to be committed, and the tag that has to be made there, so that an environment has it. */
  | {
      readonly kind: "lands";
      readonly environment: string;
      readonly branch: string;
      readonly tag?: string;
    }
  /** The state of an upstream stack can't be read: what is committed counts as deployed. */
  | { readonly kind: "unknown-updates"; readonly stack: string; readonly reason: string };

/** How many parts of an activity are done. */
export interface Progress {
  readonly activity:
    | "asking about services"
    | "bringing images"
    | "verifying signatures"
    | "reading image repositories"
    | "deleting images"
    | "reading releases"
    | "removing releases";
  readonly done: number;
  readonly total: number;
}

/** A reporter that nobody listens to. */
export const SILENT: Reporter = { notice: () => undefined, progress: () => undefined };
