import type { Environment } from "../../core/environments";
import { usageError } from "../../core/error";
import { Ref } from "../../core/ref";
import type { StackPlan } from "../../core/stack/plan";
import { imagePrefix, imageRepositories } from "../../core/stack/registry";
import { suggestion } from "../../core/suggestion";
import {
  demandedTypes,
  joinedDemands,
  type ClusterDemand,
  type ClusterRoot,
  type ClusterSigner,
} from "../../core/verify/cluster-demand";
import { demandedIn } from "../../core/verify/demanded";
import { clusterIdentity, escaped } from "../../core/verify/cluster-identity";
import { DEFAULT_ROOT, formatPolicy, type Policy, type Signatory } from "../../core/verify/policy";
import { isPublicKeyText } from "../../core/verify/public-key";
import { GITHUB_ISSUER } from "../../core/verify/signed-by";
import { DEPLOY_WORKFLOW, promotionType } from "../../core/verify/promotion-type";
import { openRepository } from "../open";
import { checkStacks, planOf } from "../plan-stacks";
import type { Reporter } from "../reporter";
import { readerOf, rootOf, type ReadFile } from "./trust";
import type { World } from "../world";

export interface ClusterPolicyRequest {
  readonly environment: string;
  /** The repository on GitHub that deploys, as `owner/name`. Default: that of git's origin. */
  readonly repository: string | undefined;
  /** A public key of the repository whose owner attests to promotions, in place of the workflow. */
  readonly key: string | undefined;
}

/** What a cluster has to demand. */
export interface ClusterPolicy {
  readonly environment: string;
  /** When it was made. */
  readonly at: Date;
  /** By service in the order of the list; what was promoted last. */
  readonly demands: readonly ClusterDemand[];
  /** What can't be demanded there, a clause each: without it a policy would admit more than it says. */
  readonly problems: readonly string[];
}

/**
 * Returns what a cluster has to demand of the images of an environment, so that it admits what the environment's
 * policy does, and where versions come from another environment, nothing that wasn't promoted.
 * @throws ReleasesError of kind `usage` for an unknown environment, of kind `findings` where one of its stacks can't
 *   be planned
 */
export function clusterPolicy(
  world: World,
  request: ClusterPolicyRequest,
  report: Reporter,
): ClusterPolicy {
  const repository = openRepository(world);
  const known = [...(repository.environments?.keys() ?? [])];
  const environment = repository.environments?.get(request.environment);
  if (environment === undefined) {
    const way = suggestion(request.environment, known);
    throw usageError(`unknown environment "${request.environment}"; ${way}`);
  }
  const plans = checkStacks(repository, [environment.name], report).flatMap((stack) => {
    const values = repository.stacks.get(stack);
    return values === undefined ? [] : planOf(repository, values);
  });
  const demander = new Demander(environment, world, request);
  const demands = plans.flatMap((plan) => demander.of(plan));
  return {
    environment: environment.name,
    at: world.now(),
    demands: joinedDemands(demands),
    problems: [...new Set(demander.problems)],
  };
}

/** Collects the demands of an environment, and what can't be demanded. */
class Demander {
  readonly problems: string[] = [];
  readonly #environment: Environment;
  readonly #request: ClusterPolicyRequest;
  readonly #page: string | undefined;
  readonly #read: ReadFile;

  constructor(environment: Environment, { git, files }: World, request: ClusterPolicyRequest) {
    this.#environment = environment;
    this.#request = request;
    this.#page =
      request.repository === undefined
        ? git.githubPage()
        : `https://github.com/${request.repository}`;
    this.#read = readerOf(files);
  }

  of(plan: StackPlan): ClusterDemand[] {
    const prefix = imagePrefix(plan.config);
    const signed: ClusterDemand[] = [];
    const promoted: ClusterDemand[] = [];
    for (const { deployment, policy } of demandedIn(plan)) {
      const { service } = deployment;
      const images = imageRepositories(service).map((docker) => `${prefix}${docker}`);
      const { mode } = policy;
      if (images.length === 0) continue;
      const own = this.#signed(service.name, policy);
      signed.push(...own.map((demand) => ({ ...demand, mode, images })));
      promoted.push(...this.#promoted().map((demand) => ({ ...demand, mode, images })));
    }
    return [...signed, ...promoted];
  }

  #signed(service: string, policy: Policy): Omit<ClusterDemand, "mode" | "images">[] {
    const signers = policy.signatories.flatMap((one) => {
      return this.#signer(service, one, policy.root) ?? [];
    });
    if (policy.signatories.length === 0) this.problems.push(`nobody may sign ${service}`);
    const name = `releases-${this.#environment.name}-${service}`;
    const says = `${service}: ${formatPolicy(policy)}`;
    return demandedTypes(policy.predicates).map((types) => ({ name, says, types, signers }));
  }

  /** Returns the demand of a record that it was promoted here; none where the promotion path begins. */
  #promoted(): Omit<ClusterDemand, "mode" | "images">[] {
    const { name, from } = this.#environment;
    if (from.length === 0) return [];
    const signer = this.#promoter();
    if (signer === undefined || this.#page === undefined) return [];
    return [
      {
        name: `releases-${name}-promoted`,
        says: `promoted from ${from.join(" and ")} to ${name}, as its deployment attests`,
        types: [promotionType(this.#page, name)],
        signers: [signer],
      },
    ];
  }

  #promoter(): ClusterSigner | undefined {
    const { name, ref, verify } = this.#environment;
    const { key } = this.#request;
    if (this.#page === undefined) {
      this.problems.push(
        "nobody knows which repository deploys; give it as --repository owner/name",
      );
      return undefined;
    }
    if (key !== undefined) return this.#key(key);
    if (ref === undefined) {
      this.problems.push(`${name} has no ref, so no workflow deploys it; give --key`);
      return undefined;
    }
    const { isPattern, fullName } = Ref.ofEnvironment(ref);
    const workflow = `${this.#page}/${DEPLOY_WORKFLOW}@`;
    const pattern = escaped(fullName).replaceAll(String.raw`\*`, "[^/]*");
    return {
      kind: "keyless",
      roots: this.#roots(verify?.root ?? DEFAULT_ROOT),
      issuer: { exact: GITHUB_ISSUER },
      subject: isPattern
        ? { pattern: `^${escaped(workflow)}${pattern}$` }
        : { exact: workflow + fullName },
    };
  }

  #signer(service: string, signatory: Signatory, root: string): ClusterSigner | undefined {
    if (signatory.kind === "key") return this.#key(signatory.file);
    const identity = clusterIdentity(signatory);
    if (!("problem" in identity)) return { kind: "keyless", roots: this.#roots(root), ...identity };
    this.problems.push(`${service}: ${identity.problem}`);
    return undefined;
  }

  #roots(file: string): ClusterRoot[] {
    const root = rootOf(file, this.#read);
    if ("problem" in root) {
      this.problems.push(root.problem);
      return [];
    }
    return root.instances.map(({ json, thresholds }) => {
      return { json, hasLogs: thresholds.tlogThreshold > 0 };
    });
  }

  #key(file: string): ClusterSigner | undefined {
    const pem = this.#read(file)?.trim();
    if (pem !== undefined && isPublicKeyText(pem)) return { kind: "key", file, pem };
    this.problems.push(`${file} isn't a public key in PEM`);
    return undefined;
  }
}
