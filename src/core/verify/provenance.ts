import { asMapping, isMapping, type Mapping } from "../mapping";
import type { Provenance } from "./judge";

/** `git+https://github.com/acme/orders@refs/tags/v1.2.3`, or without its ends. */
const SOURCE = /^(?:git\+)?https:\/\/[^/]+\/([^/@]+\/[^/@]+?)(?:\.git)?(?:@(.+))?$/;

/** Returns what provenance says of a build, of the versions 0.2 and 1 of SLSA. What it doesn't say is absent. */
export function provenanceOf(predicate: unknown): Provenance {
  const { runDetails, buildDefinition, builder, invocation } = asMapping(predicate);
  const id = textOf(asMapping(asMapping(runDetails)["builder"])["id"] ?? asMapping(builder)["id"]);
  const source = sourceOf(asMapping(buildDefinition), asMapping(invocation));
  return { ...(id !== undefined && { builder: id }), ...source };
}

function sourceOf(build: Mapping, invocation: Mapping): Omit<Provenance, "builder"> {
  // The build type of GitHub's workflows names the workflow that ran; others name what was fetched.
  const workflow = asMapping(asMapping(build["externalParameters"])["workflow"]);
  const { repository, ref } = workflow;
  if (typeof repository === "string") {
    return { ...parsedSource(repository), ...(typeof ref === "string" && { ref }) };
  }
  const resolved = build["resolvedDependencies"];
  const [first] = Array.isArray(resolved) ? (resolved as unknown[]) : [];
  const found = isMapping(first) ? first["uri"] : asMapping(invocation["configSource"])["uri"];
  return parsedSource(textOf(found) ?? "");
}

function parsedSource(uri: string): Omit<Provenance, "builder"> {
  const [, repository, ref] = SOURCE.exec(uri) ?? [];
  if (repository === undefined) return {};
  return { repository, ...(ref !== undefined && { ref }) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
