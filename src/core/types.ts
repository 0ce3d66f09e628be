import type { Environments } from "./environments";
import type { Located } from "./input/findings";
import type { StackFile } from "./stack/schema";
import type { ChartPin, Pin, Version } from "./version";

/** How a definition says which version runs where no stack config pins one. */
export type Deploy =
  | { readonly strategy: "release"; readonly version: Version }
  | { readonly strategy: "branch"; readonly branch: string }
  | { readonly strategy: "range"; readonly range: string }
  | { readonly strategy: "suspend" };

/** A Helm chart at one exact version. */
export interface Chart extends ChartPin {
  /** `oci://host/path/name`, a chart of `repository`, or a folder that starts with `./`. */
  readonly name: string;
  readonly repository?: string;
}

/** Where a chart wants the image: paths of keys into its values, joined by dots. */
export interface ImageValues {
  readonly repository: string;
  readonly tag: string;
  /** Without it the digest is put behind the tag, `v1.2.3@sha256:...`. */
  readonly digest?: string;
}

/** One definition of the release list with its defaults filled in. */
export interface Service {
  /** Identity everywhere; unique in the list. */
  readonly name: string;
  readonly github: string;
  /** Image repository; absent for an infrastructure entry. */
  readonly docker?: string;
  /** Deployed as a CloudFormation stack and not as a Helm release, whether it has an image or not. */
  readonly provider?: "cloudformation";
  readonly deploy: Deploy;
  readonly preview: boolean;
  /** Absent: all. */
  readonly environments?: readonly string[];
  /** Absent: the chart in charts/service. */
  readonly chart?: Chart;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly imageValues: ImageValues;
  readonly timeoutSeconds: number;
  /** How tags are spelled, with `{version}` for the version without its v. */
  readonly tags: { readonly github: string; readonly image: string };
  readonly aliases: readonly string[];
  readonly assets: readonly string[];
  readonly requires: ReadonlyMap<string, string>;
  /** File of the template bucket's folder for this version. */
  readonly template: string;
  readonly team?: string;
  /** Whether its definition has no finding. One that has is never declared. */
  readonly sound: boolean;
  /** Where the definition stands. */
  readonly source: { readonly file: string; readonly index: number };
}

/** What exists, sorted by name. */
export type ReleaseList = readonly Service[];

/** A place that holds an ECR registry. */
export interface RegistryPlace {
  readonly account: string;
  readonly region: string;
}

/** A stack config that was checked: what runs where. */
export interface StackConfig {
  readonly stack: string;
  readonly environment: string;
  readonly account?: string;
  /** `aws:region`. */
  readonly region?: string;
  readonly cluster?: NonNullable<StackFile["cluster"]>;
  readonly githubOwner?: string;
  readonly registry?: Registry;
  readonly webhook?: { readonly url: string; readonly scope: "repository" | "organization" };
  readonly versions: ReadonlyMap<string, Pin>;
  readonly charts: ReadonlyMap<string, ChartPin>;
  readonly holds: ReadonlyMap<
    string,
    { readonly reason: string; readonly until?: string | undefined }
  >;
  readonly templates?: Templates;
  readonly select: {
    readonly team?: string | undefined;
    readonly names?: readonly string[] | undefined;
  };
}

export interface Registry {
  readonly role: "source" | "replica" | "external";
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly mutableTags: readonly string[];
  readonly replicas: readonly RegistryPlace[];
  readonly source?: RegistryPlace;
  /** With role external: what an image's name starts with. */
  readonly host?: string;
}

export interface Templates {
  readonly bucket: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: "own" | "all";
}

/** One service as one stack runs it. */
export interface Deployment extends Pin {
  readonly service: Service;
  /** Present for services with an image. */
  readonly chart?: Chart;
  /** By a hold of the stack config or by `suspend` in the list: it stays at its pin, and nothing else moves it. */
  readonly held: boolean;
}

/** Everything that decides what a stack declares. */
export interface StackPlan {
  readonly config: StackConfig;
  readonly hasWebhookSecret: boolean;
  readonly secretParameters: ReadonlySet<string>;
  readonly list: ReleaseList;
  /** Undefined when there is no environments.yaml. */
  readonly environments: Environments | undefined;
  readonly deployments: readonly Deployment[];
  readonly from: Located;
}
