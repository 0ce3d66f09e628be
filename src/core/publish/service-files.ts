import type { Tool } from "../init/generated";
import type { Texts } from "../init/starter";
import { DEFAULT_ROOT } from "../verify/policy";
import type { Publications, PublishedService } from "./publication";
import { PUBLICATION_FILE } from "./publication-file";
import { formatPublications } from "./publication-text";
import { fromTemplate } from "./template";
import { releaseWorkflow, WORKFLOW_FILE } from "./workflow";

/** Where a service's repository has what belongs to its release workflow. */
export const RELEASES_FOLDER = ".github/releases";

/** What a service's repository is written from, besides what it publishes. */
export interface ServiceTool {
  readonly tool: Tool;
  readonly templates: Texts;
  /** The trust root that the list's environments verify with; undefined where none does. */
  readonly trustRoot: string | undefined;
}

/** Returns the files that a newer version of the tool, or a change of the list, may write anew. */
export function generatedServiceFiles(
  publications: Publications,
  { templates, trustRoot }: ServiceTool,
): Texts {
  const node = template(templates, "node-version").trim();
  const workflow = template(templates, "service/release.yml");
  return new Map([
    [PUBLICATION_FILE, formatPublications(publications)],
    [WORKFLOW_FILE, releaseWorkflow(workflow, publications, node)],
    ...(trustRoot === undefined ? [] : [[DEFAULT_ROOT, trustRoot] as const]),
  ]);
}

/**
 * Returns the files that are written once and belong to the service's repository from then on.
 * @param contextOf returns the folder that an image is built in
 */
export function ownServiceFiles(
  { services }: Publications,
  { tool, templates }: ServiceTool,
  contextOf: (service: PublishedService) => string,
): Texts {
  const built = services.filter(({ images }) => images.length > 0);
  // Publishing makes the attestations itself.
  const made = services.flatMap(({ name }) => [`${name}.sigstore`, `${name}.intoto.jsonl`]);
  const assets = new Set(services.flatMap((service) => service.assets));
  for (const name of made) assets.delete(name);
  const parts = {
    images: built.map((service) => ({ service: service.name, context: contextOf(service) })),
    assets: [...assets].sort().map((asset) => ({ asset: shellWord(asset) })),
  };
  const { version, source, pulumi } = tool;
  return new Map(
    ["build.sh", "check.sh", "package.json"].map((name) => [
      `${RELEASES_FOLDER}/${name}`,
      fromTemplate(template(templates, `service/${name}`), { version, source, pulumi }, parts),
    ]),
  );
}

function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

function template(templates: Texts, name: string): string {
  const text = templates.get(name);
  if (text === undefined) throw new Error(`there is no template ${name}`);
  return text;
}
