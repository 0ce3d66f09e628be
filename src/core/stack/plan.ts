import type { Environments } from "../environments";
import type { Findings, Located } from "../input/findings";
import type { Chart, ReleaseList, Service } from "../list/service";
import type { ChartPin, Pin } from "../version";
import type { Mapping } from "../mapping";
import type { StackFile } from "./schema";

/** The location of an ECR registry: each account has one in every region. */
export interface RegistryLocation {
  readonly account: string;
  readonly region: string;
}

/** A checked stack config. */
export interface StackConfig {
  readonly stack: string;
  readonly environment: string;
  readonly account?: string;
  /** `aws:region`. */
  readonly region?: string;
  readonly cluster?: NonNullable<StackFile["cluster"]>;
  readonly githubOwner?: string;
  readonly registry?: Registry;
  /** Patterns of tags that may move, in whatever stack config they are said. Default: as where none says any. */
  readonly mutableTags?: readonly string[];
  readonly webhook?: { readonly url: string; readonly scope: "repository" | "organization" };
  readonly versions: ReadonlyMap<string, Pin>;
  readonly charts: ReadonlyMap<string, ChartPin>;
  /** Helm values by service, over those of its definition. */
  readonly values: ReadonlyMap<string, Mapping>;
  readonly holds: ReadonlyMap<
    string,
    { readonly reason: string; readonly until?: string | undefined }
  >;
  readonly templates?: Templates;
  /** Absent: no copies for pull requests. */
  readonly previews?: Previews;
  readonly select: {
    readonly team?: string | undefined;
    readonly names?: readonly string[] | undefined;
  };
}

/** The registry of a stack's images. */
export interface Registry {
  readonly role: "source" | "replica" | "shared" | "external";
  /** With role shared: the stack that declares the repositories. */
  readonly owner?: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly mutableTags: readonly string[];
  readonly replicas: readonly RegistryLocation[];
  readonly source?: RegistryLocation;
  /** Whether the stack declares a queue that gets what ECR says of pushed images. */
  readonly pushes: boolean;
  /** With role external: the start of every image's name. */
  readonly host?: string;
  /** Roles to assume for it. Default: none, what AWS's own chain gives asks. */
  readonly assume?: RegistryAccess;
}

/** ARNs of the roles that are assumed to reach a registry. */
export interface RegistryAccess {
  /** For questions, and for what is copied from there. */
  readonly read?: string | undefined;
  /** For what is copied and tagged there. */
  readonly write?: string | undefined;
}

/** The CloudFormation templates of a stack. */
export interface Templates {
  readonly bucket: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: "own" | "all";
}

/** One service as one stack runs it. */
export interface Deployment extends Pin {
  readonly service: Service;
  /** Absent where Helm doesn't deploy it: a template, a release of files, any service of a stack without a cluster. */
  readonly chart?: Chart;
  /** Helm values without the image: the definition's, with the stack config's over them. */
  readonly values: Mapping;
  /** Held by the stack config, or suspended by its definition: it stays at its pin. */
  readonly held: boolean;
}

/** The copies of services that a stack has for open pull requests, and their limits. */
export interface Previews {
  readonly domain: string;
  /** Most copies at a time. */
  readonly max: number;
  /** Most copies of one service at a time. */
  readonly maxPerService: number;
  /** How long a copy runs after the last push: a whole number and s, m, h or d. */
  readonly ttl: string;
  /** Pull requests that get copies besides those of people who may push to the service's repository. */
  readonly allow: readonly ("forks" | "bots")[];
  /** Helm values of copies by service, over those of the service. */
  readonly values: ReadonlyMap<string, Mapping>;
  readonly open: readonly OpenPreview[];
}

/** A copy as a stack config has it. */
export interface OpenPreview {
  readonly service: string;
  readonly pullRequest: number;
  /** The branch of the pull request; of a fork with its owner, `mallory:main`, as no branch of git is called. */
  readonly branch: string;
  readonly commit: string;
  readonly digest: string;
  /** ISO 8601. The program asks no clock. */
  readonly until: string;
}

/** A copy of a service for an open pull request, as a stack declares it. */
export interface PreviewCopy {
  readonly open: OpenPreview;
  /** Its place in `previews.open`. */
  readonly index: number;
  readonly host: string;
  /** What Helm deploys: the service under the copy's name, at the commit, and never held. */
  readonly deployment: Deployment;
}

/** One rule about a stack config, together with the list. */
export type StackRule = (plan: StackPlan, findings: Findings) => void;

/** Everything that decides which resources a stack declares. */
export interface StackPlan {
  readonly config: StackConfig;
  readonly hasWebhookSecret: boolean;
  readonly secretParameters: ReadonlySet<string>;
  /** As the stack's environment has it: a definition for each name. */
  readonly list: ReleaseList;
  /** Undefined when there is no environments.yaml. */
  readonly environments: Environments | undefined;
  readonly deployments: readonly Deployment[];
  /** Copies for open pull requests: no gate, no history and no other service knows of them. */
  readonly copies: readonly PreviewCopy[];
  /** The stack whose registry this one shares; absent where it shares none, or the owner can't be read. */
  readonly owner?: StackPlan;
  /** The environments of the stacks that share the registry of this one. */
  readonly sharers: readonly string[];
  readonly from: Located;
}
