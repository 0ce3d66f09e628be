import type { GithubClient } from "../adapters/github/github";
import type { ImageRegistries } from "../adapters/oci/image-registries";
import { outsideError } from "../core/error";
import { parseImageReference } from "../core/image-reference";
import type { Service } from "../core/list/service";
import { imageRepositoryOf, type Known } from "../core/resolve/decision";
import { headFrom, type Head, type ReportedHead } from "../core/resolve/head";
import { offersOfReleases, offersOfTags, sourceOf, type Offer } from "../core/resolve/offers";
import { imageTag } from "../core/stack/helm-values";
import type { StackPlan } from "../core/stack/plan";
import { isCommit, type Pin } from "../core/version";

/** Whether a report names commits. What isn't one would become a pin. */
function isReport({ before, after }: ReportedHead): boolean {
  return [before, after].every((commit) => commit === undefined || isCommit(commit));
}

/** Asks GitHub and registries what services follow. Of what several services share it asks once. */
export class FollowedSource {
  readonly #registries: ImageRegistries;
  readonly #github: GithubClient | undefined;
  readonly #reports: readonly ReportedHead[];
  readonly #asked = new Map<string, Promise<unknown>>();

  /**
   * @param github undefined without a token
   * @param reports what pushes said of branches
   */
  constructor(
    registries: ImageRegistries,
    github: GithubClient | undefined,
    reports: readonly ReportedHead[] = [],
  ) {
    this.#registries = registries;
    this.#github = github;
    this.#reports = reports;
  }

  /**
   * Returns what a service follows: its versions, or the head of its branch.
   * @throws ReleasesError of kind `outside` when GitHub or the registry can't be asked
   */
  async followed(service: Service, plan: StackPlan): Promise<Pick<Known, "offers" | "head">> {
    const { deploy } = service;
    if (deploy.strategy === "range") return { offers: await this.offers(service, plan) };
    if (deploy.strategy === "branch")
      return { head: await this.#head(service, deploy.branch, plan) };
    return {};
  }

  /**
   * Returns the versions of a service that were published.
   * @throws ReleasesError of kind `outside` when GitHub or the registry can't be asked
   */
  async offers(service: Service, plan: StackPlan): Promise<Offer[]> {
    const { config, environments } = plan;
    if (sourceOf(service, config, environments) === "tags") {
      const name = imageRepositoryOf(service, plan);
      const tags = await this.#once(`tags ${name}`, () =>
        this.#registries.tags(parseImageReference(name)),
      );
      return offersOfTags(service, tags ?? [], config);
    }
    if (config.githubOwner === undefined) return [];
    const repository = `${config.githubOwner}/${service.github}`;
    const releases = await this.#once(`releases ${repository}`, () =>
      this.#connected.releases(repository).listed(),
    );
    return offersOfReleases(service, releases, config);
  }

  /** Returns the head of a branch, by GitHub and by what pushes reported. */
  async #head(
    { github: name }: Service,
    branch: string,
    { config }: StackPlan,
  ): Promise<NonNullable<Known["head"]>> {
    if (config.githubOwner === undefined) return "no repository";
    const repository = `${config.githubOwner}/${name}`;
    return this.#once(`head ${repository} ${branch}`, async () => {
      const github = this.#connected.repository(repository);
      const answered = await github.headOf(branch);
      if (answered === "no repository") return answered;
      const reports = this.#reports.filter((report) => {
        // GitHub's names are the same whatever the case of their letters.
        const isSame = report.repository.toLowerCase() === repository.toLowerCase();
        return isSame && report.branch === branch && isReport(report);
      });
      const answer = headFrom(answered.commit, reports);
      if ("head" in answer) return { commit: answer.head };
      const leads = await github.leadsTo(answer.older, answer.newer);
      const commit: Head = answer.answer(leads);
      return { commit };
    });
  }

  /**
   * Returns the digest of a version's image in a stack's registry; null where it has no such tag.
   * @throws ReleasesError of kind `outside` when the registry can't be asked
   */
  async image(service: Service, version: Pin["version"], plan: StackPlan): Promise<string | null> {
    const repository = parseImageReference(imageRepositoryOf(service, plan));
    const image = { ...repository, tag: imageTag(service, version) };
    return (await this.#registries.digestOf(image)) ?? null;
  }

  get #connected(): GithubClient {
    if (this.#github === undefined) {
      throw outsideError("GitHub isn't asked without a token; set GITHUB_TOKEN");
    }
    return this.#github;
  }

  #once<Answer>(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#asked.get(question) as Promise<Answer> | undefined;
    const answer = known ?? ask();
    this.#asked.set(question, answer);
    return answer;
  }
}
