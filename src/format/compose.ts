import { Scalar, stringify, type Tags } from "yaml";
import type { Composition } from "../core/compose/compose";
import { printable } from "../core/printable";
import { withEscapes } from "../core/stack/yaml-spelling";

/** How every text begins that `releases compose` wrote. */
export const COMPOSE_MARK = "# Written by releases compose";

/** The tag by which YAML 1.1 has no text of `<<`, but a merge. */
const MERGE = "tag:yaml.org,2002:merge";

/** Texts are quoted, and keys where YAML 1.1 or 1.2 would read something else than a text. */
const YAML = {
  version: "1.1",
  customTags: (tags: Tags): Tags =>
    tags.filter((one) => typeof one === "string" || one.tag !== MERGE),
  defaultStringType: Scalar.QUOTE_DOUBLE,
  defaultKeyType: Scalar.PLAIN,
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const;

/** Returns a Compose file. */
export function formatComposition({ services }: Composition): string {
  const file = { services: Object.fromEntries(services) };
  const text = withEscapes(stringify(file, YAML));
  return `${COMPOSE_MARK}, which writes it anew: change the release list instead.\n${text}`;
}

/**
 * Returns the template of the file that has what the Compose file leaves out: `.env`, beside it. It has no secret.
 * Undefined where nothing is left out.
 */
export function formatEnvTemplate({ variables, profiles }: Composition): string | undefined {
  if (variables.length === 0 && profiles.length === 0) return undefined;
  const lines = [
    `${COMPOSE_MARK}: copy it to .env, which Compose reads, and fill that in.`,
    ...(profiles.length === 0
      ? []
      : ["", "# The teams whose services start.", `COMPOSE_PROFILES=${profiles.join(",")}`]),
    ...variables.flatMap(({ name, service, source }) => [
      "",
      `# ${printable(`${service}: ${source}`)}`,
      `${name}=`,
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
