import type { Outputs } from "../../../stacks/stack";

/** One resource as the engine would receive it. Secrets are masked, keys and lists sorted. */
export interface PlannedResource {
  /** Pulumi's type token, such as `aws:ecr/repository:Repository`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the parent. */
  readonly parent: string | null;
  /** URN of the explicit provider; null for components and providers. */
  readonly provider: string | null;
  readonly options: {
    readonly protect: boolean;
    readonly deleteBeforeReplace: boolean;
    readonly retainOnDelete: boolean;
    /** URNs, sorted. */
    readonly dependsOn: readonly string[];
    readonly ignoreChanges: readonly string[];
  };
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The resources and outputs of a stack, by the embedded engine. */
export interface Evaluation {
  /** Sorted by URN. The root stack is left out. */
  readonly resources: readonly PlannedResource[];
  readonly outputs: Outputs;
}

/** The type of a Helm release. */
export const HELM_RELEASE = "kubernetes:helm.sh/v3:Release";

/** A plan has this text in place of a secret. */
export const SECRET = "[secret]";
