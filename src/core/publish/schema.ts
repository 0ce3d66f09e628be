import { z } from "zod";
import { assetName, byName, mutableTag, nonEmpty, strict, text } from "../input/scalars";
import { GITHUB_OWNER, IMAGE_REPOSITORY, isGithubName, isHost, MAX_IMAGE_NAME } from "../limits";
import { imageValues, tags } from "../list/definition";
import { isImageTag } from "../version";
import { pagesRepository } from "./pages";

/** Whether a text is a repository of a registry, its host included: `ghcr.io/acme/inventory`. */
function isHosted(value: string): boolean {
  const [host = "", ...path] = value.split("/");
  const isNamed = /[.:]/.test(host) || host === "localhost";
  return isNamed && isHost(host) && isImageRepository(path.join("/"));
}

function isImageRepository(name: string): boolean {
  return IMAGE_REPOSITORY.test(name) && name.length <= MAX_IMAGE_NAME;
}

const repository = text(
  { code: "invalid-github", expected: `an owner and a name, such as "acme/inventory"` },
  (value) => {
    const [owner = "", name = "", ...more] = value.split("/");
    return GITHUB_OWNER.test(owner) && isGithubName(name) && more.length === 0;
  },
  { examples: ["acme/inventory"] },
);

const image = text(
  {
    code: "invalid-docker",
    expected: `an image repository with its host and without a tag, such as "ghcr.io/acme/inventory"`,
  },
  isHosted,
  { description: "Image repository with its host.", examples: ["ghcr.io/acme/inventory"] },
);

const chart = strict({
  repository: text(
    {
      code: "invalid-chart",
      expected: `"oci://host/path/name" in lower case and without a tag, or a chart repository on GitHub Pages, "https://owner.github.io/name"`,
    },
    (value) =>
      value.startsWith("oci://")
        ? isHosted(value.slice("oci://".length))
        : pagesRepository(value) !== undefined,
    {
      description:
        "Where the chart is pushed to, whose last part is its name; or the chart repository on GitHub Pages whose index has it.",
      examples: ["oci://ghcr.io/acme/charts/inventory", "https://acme.github.io/charts"],
    },
  ),
  name: text(
    { code: "invalid-chart", expected: `a chart's name, such as "inventory"` },
    (value) => /^[A-Za-z0-9][\w.-]*$/.test(value),
    {
      description: "Name of a chart of a chart repository.",
      examples: ["inventory"],
    },
  ).optional(),
  folder: text(
    { code: "invalid-path", expected: `a folder of this repository, such as "deploy/chart"` },
    (value) => /^(?:\.|[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*)$/.test(value),
    { description: "The chart's folder.", examples: ["deploy/chart"] },
  ),
  imageValues: imageValues.optional(),
}).meta({ description: "Helm chart, which gets a version of its own for each image." });

const published = strict({
  images: z
    .array(image)
    .min(1, { error: "at least one image repository; a service without an image has no such key" })
    .optional()
    .meta({ description: "Where the image is pushed to: its own repository, then its aliases." }),
  branches: z
    .record(
      nonEmpty("A branch."),
      text({ code: "invalid-value", expected: `a tag of an image, such as "main"` }, isImageTag, {
        description: "The mutable tag that follows the branch.",
        examples: ["main"],
      }),
    )
    .optional()
    .meta({
      description: "Branches whose commits are pushed, each with the mutable tag that follows it.",
      examples: [{ main: "main" }],
    }),
  releases: repository.optional().meta({
    description:
      "Repository of its GitHub releases. Without it no tag of git publishes it, only its branches.",
  }),
  tags: tags.optional(),
  assets: z
    .array(assetName)
    .optional()
    .meta({
      description: "Files that its GitHub releases have.",
      examples: [["checksums.txt"]],
    }),
  chart: chart.optional(),
});

/** The schema of releases.yaml. */
export const publicationFile = strict({
  source: repository.meta({
    description: "The repository of this file. A copy of it elsewhere publishes nothing.",
  }),
  mutableTags: z.array(mutableTag()).meta({
    description:
      "Mutable tags: the only ones that may be pushed again, and whose releases are replaced.",
    examples: [["latest", "main", "*-daily", "*-test"]],
  }),
  services: byName(published).meta({ description: "What is published." }),
});

/** What releases.yaml holds, by its shape. */
export type PublicationFile = z.infer<typeof publicationFile>;
