import { compareText } from "../compare-text";
import { Findings } from "../input/findings";
import { hasErrors, sortIssues, type Issue } from "../input/issue";
import type { YamlFile } from "../input/source";
import { checkShape } from "../input/validate";
import { DEFAULT_IMAGE_VALUES } from "../list/parse";
import { mutablePattern } from "../stack/mutable-tags";
import { DEFAULT_TAG_PATTERN, matchesReleaseTag } from "../tag-pattern";
import { hasSameOwner, pagesRepository } from "./pages";
import type { Publications, PublishedChart, PublishedService } from "./publication";
import { publicationFile, type PublicationFile } from "./schema";

/** The file of a service's repository that says what is published from there. */
export const PUBLICATION_FILE = "releases.yaml";

/** Values of required keys that are missing, each of which is a finding. */
const MISSING = { source: "missing/missing", mutableTags: [], services: {} };

/** Returns what a service's repository publishes; undefined where its file has an error. */
export function parsePublications(file: YamlFile): {
  publications: Publications | undefined;
  issues: readonly Issue[];
} {
  if (hasErrors(file.issues)) return { publications: undefined, issues: file.issues };
  const findings = new Findings(file);
  const shaped = checkShape(publicationFile, file.value, findings, MISSING);
  const publications = shaped && toPublications(shaped);
  if (publications !== undefined) for (const rule of RULES) rule(publications, findings);
  const issues = sortIssues([...file.issues, ...findings.issues]);
  return { publications: hasErrors(issues) ? undefined : publications, issues };
}

type Rule = (publications: Publications, findings: Findings) => void;

const RULES: readonly Rule[] = [
  function somethingIsPublished({ services }, findings) {
    if (services.length > 0) return;
    const found = `"services" is empty; run releases init --service, or name what is published`;
    findings.refuse("missing-key", found, ["services"]);
  },
  function eachServiceIsPublished({ services }, findings) {
    for (const { name, images, branches, releases } of services) {
      if (releases !== undefined) continue;
      const missing = images.length === 0 ? `"releases"` : `"releases" or "branches"`;
      if (images.length > 0 && branches.size > 0) continue;
      const found = `nothing of "${name}" is ever published; give ${missing}`;
      findings.refuse("missing-key", found, ["services", name]);
    }
  },
  function keysHaveAnEffect({ services }, findings) {
    for (const { name, images, branches, releases, assets, chart } of services) {
      const useless = (key: string, what: string): void => {
        const found = `"${key}" is for services with ${what}; remove it`;
        findings.refuse("key-without-effect", found, ["services", name, key]);
      };
      if (branches.size > 0 && images.length === 0) useless("branches", "images");
      if (assets.length > 0 && releases === undefined) useless("assets", "releases");
      if (chart !== undefined && (images.length === 0 || releases === undefined)) {
        useless("chart", "images and releases");
      }
    }
  },
  function repositoriesAreOfOne({ services }, findings) {
    const owners = new Map<string, string>();
    for (const { name, images, chart } of services) {
      const own = [
        ...images.map((image, index) => [image, "images", index] as const),
        ...(chart ? [[placeOf(chart), "chart", "repository"] as const] : []),
      ];
      for (const [repository, ...path] of own) {
        const owner = owners.get(repository);
        if (owner !== undefined) {
          const found = `${repository} already gets what ${owner} publishes; give each image and each chart a repository of its own`;
          findings.refuse("shared-image-repository", found, ["services", name, ...path], "value");
        }
        owners.set(repository, name);
      }
    }
  },
  function chartsAreNamed({ services }, findings) {
    for (const { name, releases, chart } of services) {
      if (chart === undefined) continue;
      const path = ["services", name, "chart"];
      const { repository, pages } = chart;
      if (pages === undefined) {
        if (repository.endsWith(`/${chart.name}`)) continue;
        const found = `"name" is for charts of a chart repository; the last part of ${repository} is the chart's name`;
        findings.refuse("key-without-effect", found, [...path, "name"]);
        continue;
      }
      if (chart.name === "") {
        findings.refuse("missing-key", `"name" is missing; give the chart's name`, path);
      }
      if (releases === undefined || hasSameOwner(pages, releases)) continue;
      const found = `${repository} is of another owner than ${releases}, and the workflow writes to one owner's repositories; take a chart repository of that owner`;
      findings.refuse("invalid-chart", found, [...path, "repository"], "value");
    }
  },
  function tagsOfBranchesMove({ services, mutableTags }, findings) {
    for (const { name, branches } of services) {
      for (const [branch, tag] of branches) {
        if (mutablePattern(tag, mutableTags) !== undefined) continue;
        const found = `the tag "${tag}" follows the branch ${branch}, and "mutableTags" has no pattern of it; add it there, in the list's stack config as well`;
        findings.refuse("fixed-branch-tag", found, ["services", name, "branches", branch], "value");
      }
    }
  },
  function releasesStay({ services, mutableTags }, findings) {
    for (const [index, pattern] of mutableTags.entries()) {
      const caught = services.find(({ tags }) =>
        [tags.github, tags.image].some((each) => matchesReleaseTag(pattern, each)),
      );
      if (caught === undefined) continue;
      const found = `"${pattern}" matches releases of ${caught.name}, which must never move; narrow it`;
      findings.refuse("mutable-release-tag", found, ["mutableTags", index], "value");
    }
  },
];

function toPublications({ source, mutableTags, services }: PublicationFile): Publications {
  const all = [...services].map(([name, service]) => toService(name, service, source));
  return { source, mutableTags, services: all.sort((a, b) => compareText(a.name, b.name)) };
}

type Entry = PublicationFile["services"] extends ReadonlyMap<string, infer Value> ? Value : never;

function toService(name: string, entry: Entry, source: string): PublishedService {
  const { images = [], branches = {}, releases, tags, assets = [], chart } = entry;
  return {
    name,
    images,
    branches: new Map(Object.entries(branches)),
    ...(releases !== undefined && { releases }),
    tags: {
      github: tags?.github ?? DEFAULT_TAG_PATTERN,
      image: tags?.image ?? DEFAULT_TAG_PATTERN,
    },
    assets,
    ...(chart !== undefined && { chart: toChart(chart, [source, releases]) }),
  };
}

function toChart(
  { repository, name: given, folder, imageValues = DEFAULT_IMAGE_VALUES }: ChartEntry,
  spelled: readonly (string | undefined)[],
): PublishedChart {
  const pages = pagesRepository(repository, spelled);
  const own = pages === undefined ? repository.slice(repository.lastIndexOf("/") + 1) : "";
  const { digest, ...paths } = imageValues;
  return {
    repository,
    ...(pages !== undefined && { pages }),
    ...{ name: given ?? own, folder },
    imageValues: digest === undefined ? paths : { ...paths, digest },
  };
}

type ChartEntry = NonNullable<Entry["chart"]>;

/** Returns where a chart is, as no other one is. */
function placeOf({ repository, pages, name }: PublishedChart): string {
  return pages === undefined
    ? repository.slice("oci://".length)
    : `${name} of ${pages.toLowerCase()}`;
}
