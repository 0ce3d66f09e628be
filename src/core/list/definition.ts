import { z } from "zod";
import {
  DNS_LABEL,
  IMAGE_REPOSITORY,
  isHost,
  isReservedName,
  MAX_IMAGE_NAME,
  MAX_TAG_LENGTH,
  MAX_TEMPLATE_PATH,
} from "../limits";
import { DEFAULT_TAG_PATTERN } from "../tag-pattern";
import { isChartVersion, Version } from "../version";
import { expectedRelease } from "../version-advice";
import {
  byName,
  digest,
  githubName,
  nonEmpty,
  assetName,
  parsed,
  range,
  serviceName,
  strict,
  text,
} from "../input/scalars";

const imageRepository = text(
  {
    code: "invalid-docker",
    expected: `an image repository without host and tag: lower-case letters and digits, separated by ".", "_", "__", "-" or "/"`,
  },
  (value) => value === "" || (IMAGE_REPOSITORY.test(value) && value.length <= MAX_IMAGE_NAME),
  {
    description: "Image repository, without host and tag.",
    pattern: `^$|${IMAGE_REPOSITORY.source}`,
    examples: ["inventory"],
  },
);

const release = parsed(
  (value) => ({
    code: "invalid-release",
    expected: expectedRelease(
      value,
      `pin the image's own tag in a stack config, "{tag}@sha256:..."`,
    ),
  }),
  (value) => Version.parse(value),
  {
    description: "The version that runs where a stack config pins none.",
    pattern: "^$|^v\\d+(\\.\\d+){0,2}(-[0-9A-Za-z.-]+)?$",
    examples: ["v1.2.0"],
  },
);

const deploy = strict({
  release: release.optional(),
  branch: nonEmpty("Follows a branch; each stack config pins its commit.")
    .optional()
    .meta({ examples: ["main"] }),
  range: range
    .optional()
    .meta({ description: "Follows a semver range; each stack config pins a version." }),
  suspend: z
    .boolean()
    .optional()
    .meta({ description: "true: stays at its pin, and no resource of it changes." }),
  preview: z.boolean().optional().meta({
    description:
      "A copy for each open pull request, in the first environment that accepts previews. Alone: nothing else runs.",
    default: false,
  }),
}).meta({ description: "One of release, branch, range and suspend, or preview: true alone." });

/** A Helm chart's exact version. */
export const chartVersion = text(
  {
    code: "invalid-chart-version",
    expected: `an exact chart version, such as "1.4.0"; ranges and "latest" would float between two previews`,
  },
  isChartVersion,
  { description: "Exact version of the chart.", examples: ["1.4.0"] },
);

function isChartName(value: string): boolean {
  if (value.startsWith("oci://")) {
    const [host = "", ...path] = value.slice("oci://".length).split("/");
    return isHost(host) && IMAGE_REPOSITORY.test(path.join("/"));
  }
  if (!value.startsWith("./")) return /^[a-z0-9][a-z0-9._-]*$/.test(value);
  // What a package manager installs is in no commit, so no gate would see it change.
  const folders = value.slice("./".length);
  return (
    !/\s/.test(folders) &&
    !folders.split("/").some((part) => /^(?:\.{0,2}|node_modules)$/.test(part))
  );
}

const chart = strict({
  name: text(
    {
      code: "invalid-chart",
      expected: `"oci://host/path/name" in lower case and without a tag, a name with "repository", or a folder of this repository that starts with "./"`,
    },
    isChartName,
    {
      description:
        "`oci://host/path/name`, a chart of `repository`, or a folder that starts with `./`.",
      examples: ["oci://ghcr.io/acme/charts/inventory", "./charts/inventory"],
    },
  ),
  repository: text(
    {
      code: "invalid-chart",
      expected: `a chart repository's https address, without credentials`,
      hidden: true,
    },
    (value) => {
      const [, host = ""] = /^https:\/\/([^/?#]+)[^\s"'<>\\^`{|}@]*$/.exec(value) ?? [];
      // Go's parser, which is Helm's, takes % in front of two digits alone.
      return isHost(host.toLowerCase()) && URL.canParse(value) && !/%(?![0-9a-f]{2})/i.test(value);
    },
    {
      pattern: "^https://",
      description: "Address of a chart repository that isn't OCI.",
      examples: ["https://charts.acme.example"],
    },
  ).optional(),
  version: chartVersion,
  digest: digest.optional(),
}).meta({ description: "Helm chart. Default: the default chart, which comes with the program." });

/** A path into the values of a chart. */
const valuePath = (description: string, example: string) =>
  text(
    { code: "invalid-value-path", expected: `keys joined by dots, such as "image.tag"` },
    (value) =>
      /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(value) && !value.split(".").some(isReservedName),
    { description, examples: [example] },
  );

/** A pattern of tags, in which `{version}` is the version without its v. */
const tagPattern = (description: string, example: string) =>
  text(
    {
      code: "invalid-tag-pattern",
      expected: `a tag without slashes that holds {version} once, such as "${DEFAULT_TAG_PATTERN}"`,
    },
    (value) =>
      /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*)?\{version\}[A-Za-z0-9._-]*$/.test(value) &&
      value.length - "{version}".length < MAX_TAG_LENGTH,
    { description, default: DEFAULT_TAG_PATTERN, examples: [example] },
  );

/** The paths of an image in a chart's values. */
export const imageValues = strict({
  repository: valuePath("Path of the image's repository, with its host.", "controller.image"),
  tag: valuePath("Path of the image's tag.", "controller.tag"),
  digest: valuePath(
    "Path of the image's digest. Without it the digest follows the tag.",
    "controller.digest",
  ).optional(),
}).meta({
  description: "Paths of the image in the chart's values.",
  default: { repository: "image.repository", tag: "image.tag", digest: "image.digest" },
});

/** How versions are spelled in tags. */
export const tags = strict({
  github: tagPattern("Tags of the GitHub repository.", "inventory-v{version}").optional(),
  image: tagPattern("Tags of the images.", "{version}").optional(),
}).meta({
  description:
    "Tag patterns: how a version is spelled in tags. `{version}` is the version without its v.",
});

/** One repository on GitHub, or two where releases stand in another one than the source. */
const github = z
  .union(
    [
      githubName,
      strict({
        source: githubName.meta({
          description: "Repository that it is built in: branches, pull requests, provenance.",
          examples: ["inventory"],
        }),
        releases: githubName.meta({
          description: "Repository that has its GitHub releases: their tags, assets and webhooks.",
          examples: ["inventory-releases"],
        }),
      }),
    ],
    { error: "a repository's name, or a mapping of source and releases" },
  )
  .meta({
    description:
      "GitHub repository, or two: `source` and `releases`. Their owner comes from the stack config.",
    examples: ["inventory", { source: "inventory", releases: "inventory-releases" }],
  });

/** The schema of one definition. A superset of Kayron's. */
export const definition = strict({
  github,
  docker: imageRepository.optional(),
  provider: text(
    { code: "invalid-provider", expected: `"cloudformation"` },
    (value) => value === "" || value === "cloudformation",
    {
      description: "cloudformation: deployed as a CloudFormation stack, with an image or without.",
    },
  ).optional(),
  deploy,
  name: serviceName.optional().meta({
    description:
      "Identity everywhere, unique in the list. Default: docker, else github, of two the source.",
    examples: ["inventory"],
  }),
  environments: z
    .array(nonEmpty("An environment of environments.yaml."))
    .min(1, { error: "at least one environment; without the key it runs in all" })
    .optional()
    .meta({
      description: "Environments in which it runs. Default: all.",
      examples: [["testing", "staging"]],
    }),
  chart: chart.optional(),
  namespace: text(
    {
      code: "invalid-namespace",
      expected: "a DNS label: at most 63 lower-case letters, digits and dashes",
    },
    (value) => DNS_LABEL.test(value),
    {
      pattern: DNS_LABEL.source,
      description: "Kubernetes namespace.",
      default: "default",
      examples: ["shop"],
    },
  ).optional(),
  values: z
    .record(z.string(), z.json())
    .optional()
    .meta({
      description: "Helm values. Never secrets: name an existing Kubernetes Secret instead.",
      examples: [{ replicaCount: 2 }],
    }),
  imageValues: imageValues.optional(),
  timeoutSeconds: z
    .int({ error: "a whole number of seconds" })
    .min(1, { error: "at least 1 second" })
    .max(3600, { error: "at most 3600 seconds" })
    .optional()
    .meta({
      description: "How long Helm waits for an install or upgrade; a rollback takes as long again.",
      default: 300,
    }),
  tags: tags.optional(),
  aliases: z
    .array(imageRepository)
    .optional()
    .meta({
      description: "Further image repositories that carry the same image.",
      examples: [["runenv-python-3.12"]],
    }),
  assets: z
    .array(assetName)
    .optional()
    .meta({
      description:
        "Files that the GitHub release must have. Alone, without docker and provider: a release of files.",
      examples: [["checksums.txt"]],
    }),
  requires: byName(
    range.meta({
      description: "Semver range that the version of this service must satisfy.",
      examples: [">=1.1"],
    }),
  )
    .optional()
    .meta({
      description: "Services that must run in the same environment, each with a version range.",
    }),
  template: text(
    {
      code: "invalid-template",
      expected: `a file of the template folder, such as "index.yaml", of at most ${MAX_TEMPLATE_PATH} characters`,
    },
    (value) =>
      /^[A-Za-z0-9_-][A-Za-z0-9._/-]*$/.test(value) &&
      !value.includes("..") &&
      value.length <= MAX_TEMPLATE_PATH,
    {
      description: "CloudFormation template: a file in the bucket's folder of the version.",
      default: "index.yaml",
    },
  ).optional(),
  team: nonEmpty("Team that owns the service.")
    .optional()
    .meta({ examples: ["shop"] }),
});

/** One definition, with its pins and releases as values. */
export type Definition = z.infer<typeof definition>;

/** The schema of a file of the list. */
export const definitions = z.array(definition);
