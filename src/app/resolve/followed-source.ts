import type { GithubClient } from "../../adapters/github/github";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { outsideError } from "../../core/error";
import { parseImageReference } from "../../core/image-reference";
import type { Service } from "../../core/list/service";
import { imageRepositoryOf, type Known } from "../../core/resolve/decision";
import { headFrom, type Head, type ReportedHead } from "../../core/resolve/head";
import { offersOfReleases, offersOfTags, sourceOf, type Offer } from "../../core/resolve/offers";
import { imageTag } from "../../core/stack/helm-values";
import {
  copiedPulls,
  isPast,
  settledCopy,
  type KnownPull,
  type KnownPulls,
  type OpenPull,
} from "../../core/resolve/previews";
import type { Previews, StackPlan } from "../../core/stack/plan";
import type { World } from "../world";
import { Commit, isCommit, type Pin } from "../../core/version";
import { Answers } from "./answers";

/** Whether a report names commits. What isn't one would become a pin. */
function isReport({ before, after }: ReportedHead): boolean {
  return [before, after].every((commit) => commit === undefined || isCommit(commit));
}

/** Asks GitHub and registries what services follow. Of what several services share it asks once. */
export class FollowedSource {
  readonly #registries: ImageRegistries;
  readonly #world: Pick<World, "github" | "publicGithub">;
  readonly #reports: readonly ReportedHead[];
  readonly #answers: Answers;
  /** What counts for this run alone. A registry, for one, gets copies that nobody tells of. */
  readonly #own = new Answers();

  /**
   * @param reports what pushes said of branches
   * @param answers what GitHub said before, by repository
   */
  constructor(
    registries: ImageRegistries,
    world: Pick<World, "github" | "publicGithub">,
    reports: readonly ReportedHead[] = [],
    answers = new Answers(),
  ) {
    this.#registries = registries;
    this.#world = world;
    this.#reports = reports;
    this.#answers = answers;
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
      const tags = await this.#own.once(name, "tags", () =>
        this.#registries.tags(parseImageReference(name)),
      );
      return offersOfTags(service, tags ?? [], config);
    }
    if (config.githubOwner === undefined) return [];
    const repository = `${config.githubOwner}/${service.github}`;
    const releases = await this.#said(repository, "releases", (github) =>
      github.releases(repository).listed(),
    );
    return offersOfReleases(service, releases, config);
  }

  /** Returns the head of a branch, by GitHub and by what pushes reported. */
  async #head(
    { githubSource: name }: Service,
    branch: string,
    { config }: StackPlan,
  ): Promise<NonNullable<Known["head"]>> {
    if (config.githubOwner === undefined) return "no repository";
    const repository = `${config.githubOwner}/${name}`;
    const answered = await this.#said(repository, `head of ${branch}`, (github) =>
      github.repository(repository).headOf(branch),
    );
    if (answered === "no repository") return answered;
    const reports = this.#reportsOf(repository, branch);
    return { commit: await this.#newest(repository, answered.commit, reports) };
  }

  #reportsOf(repository: string, branch: string): ReportedHead[] {
    return this.#reports.filter((report) => {
      // GitHub's names are the same whatever the case of their letters.
      const isSame = report.repository.toLowerCase() === repository.toLowerCase();
      return isSame && report.branch === branch && isReport(report);
    });
  }

  async #newest(
    repository: string,
    answered: Head,
    reports: readonly ReportedHead[],
  ): Promise<Head> {
    const answer = headFrom(answered, reports);
    if ("head" in answer) return answer.head;
    const github = (await this.#about(repository)).repository(repository);
    return answer.answer(await github.leadsTo(answer.older, answer.newer));
  }

  /**
   * Returns the open pull requests of a service, with what has to be known of those whose copy isn't there already.
   * @throws ReleasesError of kind `outside` when GitHub or the registry can't be asked
   */
  async pulls(service: Service, plan: StackPlan, now: Date): Promise<KnownPulls> {
    const { githubOwner, previews } = plan.config;
    if (githubOwner === undefined || previews === undefined) return "no repository";
    const repository = `${githubOwner}/${service.githubSource}`;
    const listed = await this.#said(repository, "pulls", (github) =>
      github.repository(repository).openPulls(),
    );
    if (listed === "no repository") return listed;
    const all = [...listed, ...(await this.#unlisted(service, previews, listed, repository))];
    const known: KnownPull[] = [];
    for (const pull of copiedPulls(all, previews)) {
      const one = { ...pull, ...(await this.#pushed(pull, now)) };
      const needsNothing =
        settledCopy(service.name, one, previews, now) !== undefined || isPast(one, previews, now);
      if (needsNothing) known.push(one);
      else known.push({ ...one, ...(await this.#ask(one, service, plan)) });
    }
    return known;
  }

  /** Returns what a push reported of a pull request, where GitHub's answer is older. */
  async #pushed({ source, commit }: OpenPull, now: Date): Promise<Partial<KnownPull>> {
    const reports = this.#reportsOf(source.repository, source.branch);
    const head = await this.#newest(source.repository, commit, reports);
    return head === undefined || head === commit ? {} : { commit: head, pushedAt: now };
  }

  async #ask(
    { source, commit, ...pull }: KnownPull,
    service: Service,
    plan: StackPlan,
  ): Promise<Partial<KnownPull>> {
    const github = (await this.#about(source.repository)).repository(source.repository);
    const pushedAt = pull.pushedAt ?? (await github.pushedAt(source.branch, commit));
    const digest = await this.image(service, new Commit(commit), plan);
    return { digest, ...(pushedAt !== undefined && { pushedAt }) };
  }

  /** Pages of a list move while they are read: one that has a copy ends once GitHub says so of itself. */
  async #unlisted(
    { name }: Service,
    { open }: Previews,
    listed: readonly OpenPull[],
    repository: string,
  ): Promise<OpenPull[]> {
    const missing = open.filter(({ service, pullRequest }) => {
      return service === name && !listed.some(({ number }) => number === pullRequest);
    });
    const github = (await this.#about(repository)).repository(repository);
    const found = missing.map(({ pullRequest }) => github.openPull(pullRequest));
    return (await Promise.all(found)).flatMap((pull) => pull ?? []);
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

  /** Returns who asks about a repository: with the token, or as anybody where there is none and it is public. */
  async #about(repository: string): Promise<GithubClient> {
    const github = await this.#own.once("", "token", () => this.#world.github());
    if (github !== undefined) return github;
    const anybody = await this.#own.once("", "anybody", () => this.#world.publicGithub());
    const isPublic = await this.#own.once(repository, "public", () =>
      anybody.attestations(repository).isVisible(),
    );
    if (isPublic) return anybody;
    throw outsideError(`GitHub shows ${repository} to nobody without a token; set GITHUB_TOKEN`);
  }

  #said<Answer>(
    repository: string,
    question: string,
    ask: (github: GithubClient) => Promise<Answer>,
  ): Promise<Answer> {
    return this.#answers.once(repository, question, async () => ask(await this.#about(repository)));
  }
}
