import ms, { type StringValue } from "ms";
import { parseImageReference, formatImageReference } from "../image-reference";
import { s3Address } from "../aws";
import type { Environment } from "../environments";
import { belongsTo, type Service } from "../list/service";
import { imageTag } from "../stack/helm-values";
import { ownedServices } from "../stack/deployments";
import type { RegistryLocation, StackPlan } from "../stack/plan";
import { ecrLocation, imagePrefix } from "../stack/registry";
import { templateOf } from "../stack/template";
import { unrestrictedEnvironment } from "../promotion/gate-input";
import type { Version } from "../version";
import { Commit, type Pin } from "../version";
import { choose, isOldEnough } from "./choice";
import { found, pending, type Found } from "./finding";
import type { Head } from "./head";
import { sourceOf, type Offer } from "./offers";

/** What is known of a service of a stack: what it can follow, and the images that were asked for. */
export interface Known {
  /** Of a service that follows a range. */
  readonly offers?: readonly Offer[];
  /** Of a service that follows a branch. `no repository`: there is none, or nobody may see it. */
  readonly head?: { readonly commit: Head } | "no repository";
  /** Digests by version; null where the registry has no such tag. */
  readonly images: ReadonlyMap<string, string | null>;
  /** Whether the bucket of the stack has the template, by version. */
  readonly templates: ReadonlyMap<string, boolean>;
  /**
   * Returns when a commit first pinned a version of the service, or its exact bytes; undefined where none did.
   * @param digest of the bytes. Default: any
   */
  readonly firstPinned: (version: Version, digest?: string) => Date | undefined;
}

/** What is decided about a service: the pin that it gets, if any; or what has to be known of a version first. */
export type Decision =
  | { readonly needs: "image" | "template"; readonly of: Version | Commit }
  | { readonly pin?: Pin; readonly findings: readonly Found[] };

/** Returns the environment of a stack; without environments.yaml it accepts everything. */
export function environmentOfPlan({ config, environments }: StackPlan): Environment {
  const { environment: name } = config;
  return environments?.get(name) ?? unrestrictedEnvironment(name);
}

/** Whether a service follows something in a stack: a range or a branch that its environment accepts. */
export function isFollowed(service: Service, plan: StackPlan): boolean {
  const { accepts } = environmentOfPlan(plan);
  const { strategy } = service.deploy;
  if (strategy === "range") return accepts.includes("range");
  return strategy === "branch" && (accepts.includes("branch") || accepts.includes("commit"));
}

/** Returns the services of a stack that follow a range or a branch there, those without a pin included. */
export function followedIn(plan: StackPlan): Service[] {
  const { list, config } = plan;
  return ownedServices(list, config).filter((service) => {
    const { sound } = service;
    return sound && belongsTo(service, config.environment) && isFollowed(service, plan);
  });
}

/** Returns the services of a stack whose templates are looked for in its bucket. */
export function followedTemplates(plan: StackPlan): Service[] {
  if (plan.config.templates === undefined) return [];
  return followedIn(plan).filter(({ provider }) => provider !== undefined);
}

/** Returns the account and region where AWS is asked what a stack follows; undefined where AWS has nothing of it. */
export function askedLocation(plan: StackPlan): RegistryLocation | undefined {
  const { account, region } = plan.config;
  const location = ecrLocation(plan.config);
  if (location !== undefined || account === undefined || region === undefined) return location;
  return followedTemplates(plan).length === 0 ? undefined : { account, region };
}

/** Returns the image repository of a service in a stack, without a tag. */
export function imageRepositoryOf({ docker = "" }: Service, { config }: StackPlan): string {
  return formatImageReference(parseImageReference(`${imagePrefix(config)}${docker}`));
}

/** Whether GitHub says what a service of a stack follows: its branch, or its releases. */
export function asksGithub(service: Service, { config, environments }: StackPlan): boolean {
  const { strategy } = service.deploy;
  return strategy === "branch" || sourceOf(service, config, environments) === "releases";
}

/** Returns what a service of a stack gets, as far as that is known. */
export function decide(plan: StackPlan, service: Service, known: Known, now: Date): Decision {
  const current = plan.deployments.find((one) => one.service.name === service.name);
  const { deploy } = service;
  if (asksGithub(service, plan) && plan.config.githubOwner === undefined) {
    const { stack } = plan.config;
    const message = `${stack} names no owner on GitHub; set releases:github of Pulumi.${stack}.yaml`;
    return { findings: [found("no-repository", message)] };
  }
  if (deploy.strategy === "range") return byRange(plan, service, deploy.range, current, known, now);
  if (deploy.strategy === "branch") return byBranch(plan, service, deploy.branch, current, known);
  throw new Error(`${service.name} follows neither a range nor a branch`);
}

function byRange(
  plan: StackPlan,
  service: Service,
  range: string,
  current: Pin | undefined,
  known: Known,
  now: Date,
): Decision {
  const { config, environments } = plan;
  const { minimumAge, rejected } = environmentOfPlan(plan);
  const isTagged = sourceOf(service, config, environments) === "tags";
  const where = isTagged
    ? `no tag of ${imageRepositoryOf(service, plan)}, written ${service.tags.image},`
    : `no release of ${repositoryOf(service, plan)} on GitHub`;
  const age =
    minimumAge === undefined
      ? undefined
      : { milliseconds: ms(minimumAge as StringValue), text: minimumAge };
  const { offer, findings } = choose(known.offers ?? [], current, {
    range,
    where,
    advice: isTagged
      ? "push one, or change the range"
      : "publish one, change the range, or give a GITHUB_TOKEN that may read it",
    rejected: new Set((rejected[service.name] ?? []).map(({ version }) => version.version.text)),
    ...(age !== undefined && { minimumAge: age }),
    firstPinned: known.firstPinned,
    now,
  });
  if (offer === undefined) return { findings };
  const { version, files } = offer;
  const lacks = files === undefined ? [] : service.assets.filter((name) => !files.includes(name));
  if (lacks.length > 0) {
    const message = `the release ${version.text} of ${repositoryOf(service, plan)} lacks ${lacks.join(", ")}; upload it`;
    return { findings: [...findings, found("no-files", message)] };
  }
  const template = templateIn(plan, service, version, known);
  if (template === "unknown") return { needs: "template", of: version };
  if (template !== "there") {
    const message = `${version.text} is published, and there is no template ${template}; upload it, or add ${version.text} to "rejected"`;
    return { findings: [...findings, found("no-template", message)] };
  }
  if (service.docker === undefined) return { pin: { version }, findings };
  const digest = known.images.get(version.text);
  if (digest === undefined) return { needs: "image", of: version };
  if (digest !== null) {
    // A tag that a publisher has moved names bytes that nobody has pinned.
    const since = (): Date | undefined => offer.at ?? known.firstPinned(version, digest);
    if (age === undefined || isOldEnough(since(), age, now))
      return { pin: { version, digest }, findings };
    const message = `${version.text} is ${digest} now, and nobody pinned these bytes ${minimumAge ?? ""} ago; pin them by releases bump, here or in an environment before`;
    return { findings: [...findings, found("unknown-age", message)] };
  }
  const image = `${imageRepositoryOf(service, plan)}:${imageTag(service, version)}`;
  const message = `${version.text} is published, and there is no image ${image}; push it, or add ${version.text} to "rejected"`;
  return { findings: [...findings, found("no-image", message)] };
}

function byBranch(
  plan: StackPlan,
  service: Service,
  branch: string,
  current: Pin | undefined,
  known: Known,
): Decision {
  const { head, images } = known;
  const repository = `${plan.config.githubOwner ?? ""}/${service.githubSource}`;
  if (head === undefined || head === "no repository") {
    const message = `GitHub shows no repository ${repository}; check "github", or give a GITHUB_TOKEN that may read it`;
    return { findings: [found("no-repository", message)] };
  }
  const { commit } = head;
  if (commit === undefined) {
    const message = `${repository} has no branch ${branch}; push it, or let the definition follow another one`;
    return { findings: [found("no-branch", message)] };
  }
  const version = new Commit(commit);
  const isSame = current?.version instanceof Commit && current.version.text === commit;
  if (isSame && (service.docker === undefined || current.digest !== undefined)) {
    return { findings: [] };
  }
  const template = templateIn(plan, service, version, known);
  if (template === "unknown") return { needs: "template", of: version };
  if (template !== "there") {
    const message = `the head of ${branch} has no template yet, ${template}; it is pinned once it is uploaded`;
    return { findings: [pending("no-template", message)] };
  }
  if (service.docker === undefined) return { pin: { version }, findings: [] };
  const digest = images.get(commit);
  if (digest === undefined) return { needs: "image", of: version };
  if (digest !== null) return { pin: { version, digest }, findings: [] };
  const image = `${imageRepositoryOf(service, plan)}:${commit}`;
  const message = `the head of ${branch} has no image yet, ${image}; it is pinned once it is pushed`;
  return { findings: [pending("no-image", message)] };
}

/** Returns the address of a template that isn't there. A service that CloudFormation doesn't deploy needs none. */
function templateIn(
  { config }: StackPlan,
  service: Service,
  version: Pin["version"],
  { templates }: Known,
): string {
  if (service.provider === undefined || config.templates === undefined) return "there";
  const isThere = templates.get(version.text);
  if (isThere === undefined) return "unknown";
  return isThere ? "there" : s3Address(templateOf(service, version, config));
}

function repositoryOf({ github }: Service, { config }: StackPlan): string {
  return `${config.githubOwner ?? ""}/${github}`;
}
