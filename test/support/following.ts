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

/**
 * Returns a repository of services that follow v1 in testing: images of a registry in a cluster, and the template
 * network, with what they are pinned to.
 */
export function followingImages(
  host: string,
  pins: Readonly<Record<"catalog" | "network" | "orders", string>>,
): GitFolder {
  const images = ["catalog", "orders"].map(
    (name) => `- { github: ${name}, docker: ${name}, deploy: { range: ^1.0.0 } }\n`,
  );
  const versions = Object.entries(pins).map(([name, pin]) => `    ${name}: ${pin}\n`);
  const folder = new GitFolder({
    "service/shop.yaml": images.join(""),
    "infrastructure/network.yaml":
      "- { name: network, github: network, provider: cloudformation, deploy: { range: ^1.0.0 } }\n",
    "environments.yaml": "environments:\n  testing: { accepts: [release, range] }\n",
    "Pulumi.testing.yaml": `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:cluster: { context: acme-testing }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: "${host}" }
  releases:templates: { bucket: acme-templates }
  releases:versions:
${versions.join("")}`,
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
