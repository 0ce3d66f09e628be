import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { DEFAULT_IMAGE_VALUES } from "../list/parse";
import { DEFAULT_TAG_PATTERN } from "../tag-pattern";
import type { Publications, PublishedChart, PublishedService } from "./publication";
import type { PublicationFile } from "./schema";

const HEAD = `# What this repository publishes: releases ci reads it. It comes from the release list, so change it there, and then
# run releases init --service in the repository of the list. releases lint --service says where the two differ.

`;

/** Returns the text of releases.yaml, which `parsePublications` reads as the same publications. */
export function formatPublications(publications: Publications): string {
  const { source, mutableTags, services } = publications;
  const value = {
    source,
    mutableTags,
    services: Object.fromEntries(services.map((service) => [service.name, entryOf(service)])),
  };
  const document = new yaml.Document(value);
  yaml.visit(document, {
    // Lists and the map of branches are short.
    Seq: (_, node) => void (node.flow = true),
  });
  return HEAD + document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

type Entry = PublicationFile["services"] extends ReadonlyMap<string, infer Value> ? Value : never;

/** Returns a service as the file has it, without what is a default. */
export function entryOf(service: PublishedService): Entry {
  const { images, branches, releases, tags, assets, chart } = service;
  const spelled = Object.entries(tags).filter(([, pattern]) => pattern !== DEFAULT_TAG_PATTERN);
  return {
    ...(images.length > 0 && { images: [...images] }),
    ...(branches.size > 0 && { branches: Object.fromEntries(branches) }),
    ...(releases !== undefined && { releases }),
    ...(spelled.length > 0 && { tags: Object.fromEntries(spelled) }),
    ...(assets.length > 0 && { assets: [...assets] }),
    ...(chart !== undefined && { chart: chartEntry(chart) }),
  };
}

function chartEntry({ repository, pages, name, folder, imageValues }: PublishedChart) {
  const isDefault = isDeepStrictEqual(imageValues, DEFAULT_IMAGE_VALUES);
  const named = pages === undefined ? {} : { name };
  return { repository, ...named, folder, ...(!isDefault && { imageValues }) };
}
