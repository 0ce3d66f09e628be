import { GitFolder } from "./git";
import type { Answer, Asked } from "./github-api";

/** Returns a repository of services that are releases of files, and follow v1 in testing, from v1.0.0. */
export function followingFiles(names: readonly string[]): GitFolder {
  const definitions = names.map(
    (name) =>
      `- { name: ${name}, github: ${name}, assets: [files.tar.gz], deploy: { range: ^1.0.0 } }\n`,
  );
  const pins = names.map((name) => `    ${name}: v1.0.0\n`);
  const folder = new GitFolder({
    "service/shop.yaml": definitions.join(""),
    "environments.yaml": "environments:\n  testing: { accepts: [release, range] }\n",
    "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:github: { owner: acme }
  releases:versions:
${pins.join("")}`,
  });
  folder.commit("start");
  return folder;
}

/** Returns GitHub's answer about releases of such services; undefined for other questions. */
export function releasesOf(
  published: Readonly<Record<string, readonly string[]>>,
  { route, parameters }: Asked,
): Answer | undefined {
  if (route !== "GET /repos/{owner}/{repo}/releases") return undefined;
  const tags = parameters["page"] === "1" ? (published[parameters["repo"] ?? ""] ?? []) : [];
  return {
    status: 200,
    body: tags.map((tag, id) => ({
      ...{ id, tag_name: tag, draft: false, prerelease: false },
      published_at: "2026-11-01T00:00:00Z",
      assets: [{ name: "files.tar.gz", state: "uploaded", size: 1 }],
    })),
  };
}
