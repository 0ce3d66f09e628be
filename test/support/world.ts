import { createHash } from "node:crypto";
import type { History, HistoryEntry } from "../../src/adapters/git/history";
import type { Trailer, TruthRef, VersionTag } from "../../src/adapters/git/refs";
import type { GithubRepositoryApi } from "../../src/adapters/github/repository";
import type { ListedRelease } from "../../src/adapters/github/releases";
import type { GithubClient } from "../../src/adapters/github/github";
import type { ChartContents } from "../../src/core/verify/chart-image";
import type { HelmRenderer } from "../../src/adapters/helm/helm";
import type { ChartPackages } from "../../src/adapters/helm/packages";
import type { Attached, ImageRegistries } from "../../src/adapters/oci/image-registries";
import type { Evaluation, PlannedResource } from "../../src/adapters/pulumi/resource";
import type { Notice, Progress, Reporter } from "../../src/app/reporter";
import type { Git } from "../../src/adapters/git/repository";
import type { Engine, Files, World } from "../../src/app/world";
import { s3Address } from "../../src/core/aws";
import { compareText } from "../../src/core/compare-text";
import { outsideError, type ErrorKind } from "../../src/core/error";
import type { StoredManifest } from "../../src/core/prune";
import type { OpenPull } from "../../src/core/resolve/previews";
import type { StoredTag } from "../../src/core/resolve/offers";
import type { PartChange } from "../../src/core/history/replay";
import type { ChartFiles } from "../../src/core/list/chart-rules";
import { isRead } from "../../src/core/files";
import { formatImageReference } from "../../src/core/image-reference";
import { Ref } from "../../src/core/ref";
import { sourcesOf } from "../../src/core/sources";
import { planStack, type Repository, type Sources } from "../../src/core/repository";
import type { StackValues } from "../../src/core/stack/config";
import { formatPin, parsePin, Version, type Pin } from "../../src/core/version";

/** Texts by path, relative to the repository. */
export type Texts = Readonly<Record<string, string>>;

/** What a world of values knows. Whatever is left out throws when a use case asks for it. */
export interface WorldValues {
  readonly files: Texts;
  /** The own values of charts that are folders, by chart. */
  readonly chartFolders?: Texts;
  /** Null: the folder isn't in a git repository. */
  readonly git?: GitValues | null;
  /** Digests of images, by name with tag or digest. */
  readonly registries?: Readonly<Record<string, string>>;
  /** What is attached to images, by name with digest; nothing to those that are left out. */
  readonly attached?: Readonly<Record<string, readonly Attached[]>>;
  /** What repositories of images have, by name. */
  readonly stored?: Readonly<Record<string, readonly StoredManifest[]>>;
  /** Whether registries list what has a tag alone, as those of OCI do, and tell no times. Default: all, as ECR. */
  readonly listsTagged?: boolean;
  /** Called before each manifest is deleted; throws what a registry throws. */
  readonly beforeDelete?: (manifest: StoredManifest) => void;
  /** Tags of image repositories, by name; undefined for a repository that isn't there. */
  readonly tags?: Readonly<Record<string, readonly StoredTag[] | undefined>>;
  /** Published releases, by repository. */
  readonly channels?: Readonly<Record<string, readonly ListedRelease[]>>;
  /** Newest commits, by `<repository> <branch>`; null for a branch that isn't there. */
  readonly heads?: Readonly<Record<string, string | null>>;
  /** Open pull requests, by repository; null for a repository that isn't there. */
  readonly pulls?: Readonly<Record<string, readonly OpenPull[] | null>>;
  /** Pull requests that a list of them lacked, by `<repository> <number>`. Default: they are closed. */
  readonly unlisted?: Readonly<Record<string, OpenPull>>;
  /** Times of pushes, by `<repository> <branch> <commit>`. Default: GitHub doesn't tell. */
  readonly pushes?: Readonly<Record<string, string>>;
  /** Whether commits lead to others, by `<repository> <older> <newer>`. */
  readonly leads?: Readonly<Record<string, boolean>>;
  /** Tags of published releases, by repository. Null: there is no token. */
  readonly github?: Readonly<Record<string, readonly string[]>> | null;
  /** Repositories that everybody sees. Default: none. */
  readonly publicRepositories?: readonly string[];
  /** States of checks of this repository, by commit and name. */
  readonly checks?: Readonly<Record<string, Texts>>;
  /** Commits that stacks were deployed at last, by `<repository> <environment> <stack>`. Default: none was. */
  readonly deployed?: Readonly<Record<string, string>>;
  /** Bundles that GitHub has of digests, by digest; none of those that are left out. */
  readonly attestations?: Readonly<Record<string, readonly string[]>>;
  /** Files of published releases, by `<repository> <tag>` and name. There are no others. */
  readonly released?: Readonly<Record<string, Texts>>;
  /** Whether objects of S3 are there, by address. */
  readonly objects?: Readonly<Record<string, boolean>>;
  /** Null: Helm isn't installed. */
  readonly helm?: HelmRenderer["render"] | null;
  /** What packages charts; what it doesn't have throws. */
  readonly charts?: Partial<ChartPackages>;
  /** Packages of chart repositories, by `<repository> <name> <version>`; `no ...` for why there is none. */
  readonly chartPackages?: Texts;
  /** Annotations of manifests, by name with tag; none of those that are left out. */
  readonly annotations?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What packaged charts say, by name. */
  readonly contents?: Readonly<Record<string, ChartContents>>;
  /** ISO 8601. */
  readonly now?: string;
  readonly engine?: Partial<Engine>;
  /** Called before each text is written; throws what the disk throws. */
  readonly beforeWrite?: (file: string) => void;
}

/** What git knows; of each part that is left out it knows nothing, and throws when it is asked. */
export interface GitValues {
  /** Default: it has the whole history. */
  readonly isShallow?: boolean;
  /** The repository's page on GitHub. Default: it isn't there. */
  readonly page?: string | undefined;
  /** Commits of branches, by name. Null: there is no such branch. */
  readonly branches?: Readonly<Record<string, string | null>>;
  /** The highest tags of a pattern one after the other, oldest first, and their commits. */
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The files of commits and trees. */
  readonly commits?: Readonly<Record<string, Texts>>;
  /** Trees of merges, by `<from> into <into>`. Null: they conflict. */
  readonly merges?: Readonly<Record<string, string | null>>;
  /** Whether commits lead to others, by `<ancestor> in <commit>`. */
  readonly ancestors?: Readonly<Record<string, boolean>>;
  /** What environments ran, by environment, newest first. */
  readonly histories?: Readonly<Record<string, readonly HistoryEntry[]>>;
  /** What environments ran already where the history of a shallow clone begins. */
  readonly before?: Readonly<Record<string, readonly HistoryEntry[]>>;
  /** Changes of charts and image repositories, by environment, newest first. */
  readonly parts?: Readonly<Record<string, readonly PartChange[]>>;
  /** `Break-glass` trailers, newest first. */
  readonly breakGlass?: readonly Trailer[];
  /** Ids of the content of folders, by folder, or `<folder> at <commit>`. */
  readonly folders?: Readonly<Record<string, string>>;
}

/** A world of values, and what a use case did to it. */
export interface TestWorld extends World {
  /** Each text that was written, in order. */
  readonly edits: readonly { readonly file: string; readonly text: string }[];
  /** Each image that was copied or tagged, in order: `copy a@sha256:... to b:v1`. */
  readonly brought: readonly string[];
  /** What repositories of images have, by name. */
  readonly stored: Map<string, readonly StoredManifest[]>;
  /** Connections to registries that nobody closed. */
  readonly open: () => number;
}

/** Returns a world made of values: neither disk nor process is behind it. */
export function worldOf(values: WorldValues): TestWorld {
  const { git, github, helm, contents, now, engine } = values;
  const files = new TestFiles(values);
  const registries = new TestRegistries(values);
  return {
    folder: "/shop",
    project: "/shop",
    files,
    git: git === null ? OUTSIDE_OF_GIT : gitOf(git),
    engine: {
      evaluate: () => missing("engine.evaluate"),
      updates: () => missing("engine.updates"),
      previewRefresh: () => missing("engine.previewRefresh"),
      ...engine,
    },
    registries: () => registries.connect(),
    github: () => Promise.resolve(github === null ? undefined : githubOf(values)),
    hasObject: (object) => Promise.resolve(given(values.objects, s3Address(object), "object")),
    publicGithub: () => Promise.resolve(anybody(values)),
    helm: () =>
      helm === null
        ? undefined
        : {
            render: helm ?? (() => missing("helm")),
            contents: (name) => contents?.[name] ?? missing(`contents of the chart ${name}`),
            packaged: (name) => contents?.[name] ?? missing(`contents of the chart ${name}`),
          },
    chartRepositories: () => ({
      find: (chart) => {
        const { name, version } = chart;
        const text = given(values.chartPackages, `${chart.repository} ${name} ${version}`, "chart");
        if (text.startsWith("no ")) return Promise.resolve({ problem: text.slice("no ".length) });
        const bytes = bytesOf(text);
        const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        const url = new URL(`${chart.repository}/${name}-${version}.tgz`);
        return Promise.resolve({ digest, url, bytes });
      },
      versions: () => missing("versions of a chart repository"),
    }),
    charts: () => ({
      pack: () => missing("packaging"),
      push: () => missing("push of a chart"),
      pull: () => missing("packaged chart"),
      ...values.charts,
    }),
    now: () => new Date(now ?? missing("now")),
    edits: files.edits,
    brought: registries.brought,
    stored: registries.stored,
    open: () => registries.open,
  };
}

function missing(what: string): never {
  throw new Error(`the test gives no ${what}`);
}

/** Returns the value of a key, which the test has to give. */
function given<Value>(
  values: Readonly<Record<string, Value>> | undefined,
  key: string,
  what: string,
): Value {
  const value = values?.[key];
  return value === undefined ? missing(`${what} "${key}"`) : value;
}

class TestFiles implements Files {
  readonly edits: { file: string; text: string }[] = [];
  readonly #texts: Map<string, string>;
  readonly #charts: Texts | undefined;
  readonly #beforeWrite: WorldValues["beforeWrite"];

  constructor({ files, chartFolders, beforeWrite }: WorldValues) {
    this.#texts = new Map(Object.entries(files));
    this.#charts = chartFolders;
    this.#beforeWrite = beforeWrite;
  }

  readKayron = (): Pick<Sources, "list" | "issues"> => ({ list: [], issues: [] });

  read = (): Sources => ({
    ...sourcesIn(Object.fromEntries(this.#texts)),
    defaultCharts: CHARTS,
    ...(this.#charts !== undefined && { readChart: this.#readChart }),
  });

  #readChart = (chart: string): ChartFiles => {
    const [definition] = CHARTS.filter(({ file }) => `./${file}` === `${chart}/Chart.yaml`);
    const values = { file: `${chart}/values.yaml`, bytes: bytesOf(this.#charts?.[chart] ?? "") };
    return { ...(definition && { chart: definition }), values };
  };

  defaultCharts = (): Sources["defaultCharts"] => CHARTS;

  exists = (file: string): boolean => this.#texts.has(file);

  text = (file: string): string => this.#texts.get(file) ?? missing(`file ${file}`);

  write: Files["write"] = (file, text) => {
    this.#beforeWrite?.(file);
    this.edits.push({ file, text });
    this.#texts.set(file, text);
    return Promise.resolve();
  };

  edit: Files["edit"] = (file, act) => act((text) => this.write(file, text));
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const CHARTS = ["0.1.0", "0.0.9"].map((version) => {
  return { file: `charts/service/${version}/Chart.yaml`, bytes: bytesOf(`version: ${version}\n`) };
});

/** Returns texts as the reader of the disk, or of a commit, returns them. */
function sourcesIn(texts: Texts): Omit<Sources, "defaultCharts"> {
  const sources = Object.entries(texts)
    .filter(([file]) => isRead(file))
    .map(([file, text]) => ({ file, bytes: bytesOf(text) }))
    .sort((a, b) => compareText(a.file, b.file));
  return { ...sourcesOf(sources), issues: [] };
}

function gitOf(values: GitValues | undefined): Git {
  const { branches, commits, merges, histories, before, breakGlass } = values ?? {};
  const nameOf = (of: string | TruthRef): string => (typeof of === "string" ? of : of.ref);
  const versionTags = (of: string | TruthRef): VersionTag[] =>
    Object.entries(given(values?.tags, nameOf(of), "tags of")).map(([tag, commit]) => {
      return { ref: Ref.tag(tag), commit, version: Version.of(tag), at: new Date(0) };
    });
  return {
    isRepository: () => (values === undefined ? missing("git") : true),
    isShallow: () => values?.isShallow === true,
    isClean: () => true,
    versionTags,
    passedTags: () => [],
    branch: () => undefined,
    githubPage: () => values?.page,
    resolveRef: (of) => {
      const ref = nameOf(of);
      if (ref.includes("*")) return versionTags(ref).at(-1);
      const commit = given(branches, ref, "branch");
      return commit === null ? undefined : { ref: Ref.branch(ref), commit };
    },
    commitOf: (name) => (name in (commits ?? {}) ? name : (branches?.[name] ?? undefined)),
    isAncestor: (ancestor, of) => {
      return ancestor === of || given(values?.ancestors, `${ancestor} in ${of}`, "ancestor");
    },
    folderId: (folder, commit) =>
      values?.folders?.[commit === undefined ? folder : `${folder} at ${commit}`],
    textAt: (commit, file) => given(commits, commit, "commit")[file],
    withFolders: (_commit, _folders, act) => act("/before"),
    sourcesAt: (commit) => sourcesIn(given(commits, commit, "commit")),
    mergedTree: (into, from) => given(merges, `${from} into ${into}`, "merge of") ?? undefined,
    historyOf: (refs) => {
      const historyOf = (name: string): History => {
        return {
          entries: given(histories, name, "history of"),
          before: before?.[name] ?? [],
          parts: values?.parts?.[name] ?? [],
        };
      };
      return new Map([...refs.keys()].map((name) => [name, historyOf(name)]));
    },
    trailersSince: (_, key) => {
      if (key !== "Break-glass") missing(`trailer ${key}`);
      return [...(breakGlass ?? [])];
    },
  };
}

const OUTSIDE_OF_GIT: Git = {
  isRepository: () => false,
  isShallow: () => false,
  isClean: () => false,
  resolveRef: () => undefined,
  commitOf: () => undefined,
  versionTags: () => [],
  passedTags: () => [],
  branch: () => undefined,
  githubPage: () => undefined,
  isAncestor: (ancestor, of) => missing(`ancestor "${ancestor} in ${of}"`),
  folderId: () => undefined,
  textAt: (commit) => missing(`commit "${commit}"`),
  withFolders: (commit) => missing(`commit "${commit}"`),
  sourcesAt: (commit) => missing(`commit "${commit}"`),
  mergedTree: () => undefined,
  historyOf: () => {
    throw outsideError("/shop is not in a git repository");
  },
  trailersSince: () => [],
};

/** Registries of digests by name with tag or digest: what is copied and tagged is there afterwards. */
export class TestRegistries {
  readonly brought: string[] = [];
  open = 0;
  readonly stored: Map<string, readonly StoredManifest[]>;
  readonly #digests: Map<string, string> | undefined;
  readonly #attached: WorldValues["attached"];
  readonly #listsTagged: boolean;
  readonly #beforeDelete: WorldValues["beforeDelete"];
  readonly #tags: WorldValues["tags"];
  readonly #annotations: NonNullable<WorldValues["annotations"]>;
  readonly #added = new Map<string, readonly Attached[]>();

  constructor({
    registries,
    stored,
    listsTagged = false,
    attached,
    beforeDelete,
    tags,
    annotations = {},
  }: Pick<
    WorldValues,
    "registries" | "stored" | "listsTagged" | "attached" | "beforeDelete" | "tags" | "annotations"
  >) {
    const digests = registries ?? (stored && {});
    this.#tags = tags;
    this.#digests = digests && new Map(Object.entries(digests));
    this.stored = new Map(Object.entries(stored ?? {}));
    this.#attached = attached;
    this.#listsTagged = listsTagged;
    this.#beforeDelete = beforeDelete;
    this.#annotations = annotations;
  }

  #isListed({ tags }: StoredManifest): boolean {
    return !this.#listsTagged || tags.length > 0;
  }

  /** Returns manifests as registries tell of them. */
  #told(manifests: readonly StoredManifest[] | undefined): StoredManifest[] | undefined {
    return manifests?.map(({ pushedAt, ...manifest }) => {
      return this.#listsTagged || pushedAt === undefined ? manifest : { ...manifest, pushedAt };
    });
  }

  connect(): ImageRegistries {
    const digests = this.#digests ?? missing("registries");
    const { stored } = this;
    this.open++;
    return {
      digestOf: (image) => Promise.resolve(digests.get(formatImageReference(image))),
      attachedTo: (image) => {
        const attached = this.#attached ?? missing("attached");
        const name = formatImageReference(image);
        return Promise.resolve([...(attached[name] ?? []), ...(this.#added.get(name) ?? [])]);
      },
      attach: (image, { text, predicateType }) => {
        const name = formatImageReference(image);
        this.brought.push(`attach ${predicateType} to ${name}`);
        const bytes = Buffer.from(text);
        const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        const known = this.#added.get(name) ?? [];
        const one = { place: "referrers", kind: "bundle", bytes, annotations: {}, digest } as const;
        this.#added.set(name, [...known, one]);
        return Promise.resolve();
      },
      copy: (source, target) => {
        const [from, to] = [source, target].map(formatImageReference);
        this.brought.push(`copy ${from} to ${to}`);
        digests.set(to ?? "", source.digest ?? missing("digest"));
        const { host, repository } = target;
        const byDigest = formatImageReference({ host, repository, digest: source.digest ?? "" });
        this.#added.set(byDigest, this.#added.get(from ?? "") ?? []);
        return Promise.resolve();
      },
      tag: (target, digest) => {
        const to = formatImageReference(target);
        this.brought.push(`tag ${digest} as ${to}`);
        digests.set(to, digest);
        return Promise.resolve();
      },
      push: ({ digest }, repository) => {
        const to = formatImageReference({ ...repository, digest });
        this.brought.push(`push ${to}`);
        digests.set(to, digest);
        return Promise.resolve();
      },
      annotationsOf: (image) => Promise.resolve(this.#annotations[formatImageReference(image)]),
      manifests: (repository) => {
        const found = stored.get(formatImageReference(repository));
        return Promise.resolve(this.#told(found?.filter((one) => this.#isListed(one))));
      },
      tags: (repository) => {
        const name = formatImageReference(repository);
        const pushed = [...digests.keys()].flatMap((key) =>
          key.startsWith(`${name}:`) ? { name: key.slice(name.length + 1) } : [],
        );
        return Promise.resolve(this.#tags?.[name] ?? (pushed.length === 0 ? undefined : pushed));
      },
      unlisted: (repository, manifests) => {
        const digests = new Set(manifests.map(({ digest }) => digest));
        const parts = new Set(manifests.flatMap(({ children }) => children));
        const found = stored.get(formatImageReference(repository))?.filter((one) => {
          return parts.has(one.digest) || digests.has(one.subject ?? "");
        });
        return Promise.resolve(this.#listsTagged ? (this.#told(found) ?? []) : []);
      },
      named: (repository, digests) => {
        const found = stored.get(formatImageReference(repository));
        const named = found?.filter(({ digest }) => digests.includes(digest));
        return Promise.resolve(this.#listsTagged ? (this.#told(named) ?? []) : []);
      },
      remove: (repository, manifests, deleted) => {
        const name = formatImageReference(repository);
        for (const manifest of manifests) {
          this.#beforeDelete?.(manifest);
          const others = (stored.get(name) ?? []).filter(
            ({ digest }) => digest !== manifest.digest,
          );
          stored.set(name, others);
          deleted(manifest);
        }
        return Promise.resolve(true);
      },
      close: () => {
        this.open--;
      },
    };
  }
}

function pullsOf(
  name: string,
  { pulls, unlisted, pushes }: WorldValues,
): Pick<GithubRepositoryApi, "openPulls" | "openPull" | "pushedAt"> {
  return {
    openPulls: () => {
      const known = given(pulls, name, "pull requests of");
      return Promise.resolve(known === null ? "no repository" : [...known]);
    },
    openPull: (number) => Promise.resolve(unlisted?.[`${name} ${number}`]),
    pushedAt: (branch, commit) => {
      const at = pushes?.[`${name} ${branch} ${commit}`];
      return Promise.resolve(at === undefined ? undefined : new Date(at));
    },
  };
}

function headsOf(
  name: string,
  { heads, leads }: WorldValues,
): Pick<GithubRepositoryApi, "headOf" | "leadsTo"> {
  return {
    headOf: (branch) => {
      const isThere = Object.keys(heads ?? {}).some((key) => key.startsWith(`${name} `));
      if (!isThere) return Promise.resolve("no repository");
      return Promise.resolve({ commit: heads?.[`${name} ${branch}`] ?? undefined });
    },
    leadsTo: (older, newer) =>
      Promise.resolve(given(leads, `${name} ${older} ${newer}`, "answer to whether")),
  };
}

/** A repository that nobody writes to. */
export const NO_REPOSITORY: Omit<GithubRepositoryApi, "headOf" | "leadsTo"> = {
  comment: () => missing("comment"),
  commentKinds: () => missing("commentKinds"),
  pullRequestOf: () => missing("pullRequestOf"),
  approvedBy: () => missing("approvedBy"),
  changesFolder: () => missing("changesFolder"),
  openPulls: () => missing("openPulls"),
  openPull: () => missing("openPull"),
  pushedAt: () => missing("pushedAt"),
  putBranch: () => missing("putBranch"),
  startWorkflow: () => missing("startWorkflow"),
  proposeChange: () => missing("proposeChange"),
  openChange: () => missing("openChange"),
  closeChange: () => missing("closeChange"),
  mergeItself: () => missing("mergeItself"),
  issue: () => missing("issue"),
  lastDeployed: () => missing("lastDeployed"),
  beginDeployment: () => missing("beginDeployment"),
  deploymentStatus: () => missing("deploymentStatus"),
  checksOn: () => missing("checksOn"),
  leaveStatus: () => missing("leaveStatus"),
  statusesOf: () => missing("statusesOf"),
  ranSince: () => missing("ranSince"),
  pendingDeployment: () => missing("pendingDeployment"),
  approveDeployment: () => missing("approveDeployment"),
  waitingRun: () => missing("waitingRun"),
  waitingDeployments: () => missing("waitingDeployments"),
  answerRule: () => missing("answerRule"),
  recordArtifact: () => missing("recordArtifact"),
};

/** GitHub without a token. */
function anybody({ publicRepositories = [], ...values }: WorldValues): GithubClient {
  return {
    ...githubOf({ ...values, github: {} }),
    attestations: (name) => ({
      of: () => missing("attestations without a token"),
      isVisible: () => Promise.resolve(publicRepositories.includes(name)),
    }),
  };
}

function githubOf(values: WorldValues): GithubClient {
  const { github, released, attestations, channels, checks } = values;
  const tags = github ?? missing("github");
  return {
    repository: (name) => ({
      ...NO_REPOSITORY,
      ...headsOf(name, values),
      ...pullsOf(name, values),
      lastDeployed: ({ environment, stack }) =>
        Promise.resolve(values.deployed?.[`${name} ${environment} ${stack}`]),
    }),
    checks: (name) => ({
      checksOn: (commit) => {
        const states = Object.entries((checks ?? missing(`checks of ${name}`))[commit] ?? {});
        return Promise.resolve(
          new Map(states.map(([check, state]) => [check, { isGreen: state === "success", state }])),
        );
      },
    }),
    releases: (name) => ({
      // A release is its tag, and its assets after a colon: `v1.0.0: a.tar.gz b.tar.gz`.
      assetNames: (tag) => {
        const all = given(tags, name, "releases of").map((text) => text.split(/[: ]+/));
        return Promise.resolve(all.find(([own]) => own === tag)?.slice(1));
      },
      published: (tag) => {
        const files = released?.[`${name} ${tag}`];
        if (files === undefined) return Promise.resolve(undefined);
        const assets = Object.entries(files).map(([file, text], id) => {
          const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
          const address = `https://github.com/${name}/releases/download/${tag}/${file}`;
          return { name: file, digest, size: text.length, id, address };
        });
        const address = `https://github.com/${name}/releases/tag/${tag}`;
        return Promise.resolve({ address, notes: "", assets });
      },
      downloadPublicly: () => missing("public download"),
      isPublic: () => missing("visibility"),
      download: ({ name: file }) => {
        const texts = Object.values(released ?? {}).map((files) => files[file]);
        return Promise.resolve(bytesOf(texts.find((text) => text !== undefined) ?? missing(file)));
      },
      publish: () => missing("publication"),
      listed: () => Promise.resolve([...given(channels, name, "channels of")]),
      remove: () => Promise.resolve(),
      assets: () => missing("assets"),
    }),
    files: () => missing("files of branches"),
    attestations: () => ({
      of: (digest) => Promise.resolve([...(attestations?.[digest] ?? [])]),
      isVisible: () => missing("whether a repository is visible"),
    }),
  };
}

/** Returns the pin of a text that is one. */
export function pinOf(text: string): Pin {
  const pin = parsePin(text);
  return typeof pin === "string" ? missing(`pin, but "${text}"`) : pin;
}

/** Returns a change of what an environment runs, as git has it. Pins are texts; null for none. */
export function changeAt(
  at: string,
  environment: string,
  service: string,
  [from, to]: readonly [string | null, string | null],
  more: Partial<HistoryEntry> = {},
): HistoryEntry {
  return {
    at: new Date(at),
    environment,
    stack: environment,
    service,
    from: from === null ? undefined : pinOf(from),
    to: to === null ? undefined : pinOf(to),
    commit: "c0ffee",
    path: `Pulumi.${environment}.yaml`,
    held: undefined,
    order: 0,
    author: "Ada",
    pullRequest: undefined,
    reason: undefined,
    ...more,
  };
}

/** An engine for which a stack declares a Helm release for each service, and nothing else. */
export const HELM_RELEASES: Pick<Engine, "evaluate"> = {
  evaluate: (repository, values) => Promise.resolve(evaluation(repository, values)),
};

function evaluation(repository: Repository, values: StackValues): Evaluation {
  const { plan } = planStack(repository, values);
  const { deployments, config } = plan ?? missing("plan");
  const resources = deployments.map((deployment) => {
    return helmRelease(config.stack, deployment.service.name, formatPin(deployment));
  });
  const services = Object.fromEntries(
    deployments.map(({ service: { name }, version }) => [name, { version: version.text }]),
  );
  const { environment } = config;
  return { resources, outputs: { services, repositories: {}, webhooks: {}, environment } };
}

/** Returns a Helm release of a stack, whose only value is the pin. */
export function helmRelease(stack: string, name: string, pin: string): PlannedResource {
  const type = "kubernetes:helm.sh/v3:Release";
  return {
    type,
    name,
    urn: `urn:pulumi:${stack}::releases::${type}::${name}`,
    parent: null,
    provider: null,
    options: {
      protect: false,
      deleteBeforeReplace: false,
      retainOnDelete: false,
      dependsOn: [],
      ignoreChanges: [],
    },
    inputs: {
      name,
      namespace: "default",
      chart: "./charts/service/0.1.0",
      version: "0.1.0",
      values: { image: pin },
    },
  };
}

/** Returns the text of the one stack config that an edit is about. */
export function textOf({
  files,
}: {
  readonly files: readonly { readonly text: string }[];
}): string {
  const [only, ...more] = files;
  return only === undefined || more.length > 0 ? missing("one file") : only.text;
}

/** A reporter that keeps what it is told. */
export interface TestReporter extends Reporter {
  readonly notices: readonly Notice[];
  readonly told: readonly (Progress | undefined)[];
}

/** Returns a reporter that keeps what it is told. */
export function listener(): TestReporter {
  const [notices, told]: [Notice[], (Progress | undefined)[]] = [[], []];
  return {
    notices,
    told,
    notice: (notice) => notices.push(notice),
    progress: (progress) => told.push(progress),
  };
}

/** Returns what `assert.rejects` and `assert.throws` compare an error of a kind with. */
export function errorOf(kind: ErrorKind, message: string): { kind: ErrorKind; message: string } {
  return { kind, message };
}
