import * as fs from "node:fs";
import * as path from "node:path";
import { GitFolder, type By } from "./git";

/** A promotion path without soaking, freezes or digests. */
export const PLAIN_PATH = `environments:
  testing: { accepts: [release, prerelease, commit] }
  staging: { from: testing, accepts: [release, prerelease] }
  production: { from: staging, accepts: [release] }
`;

export interface Shop {
  readonly list?: string;
  readonly environments?: string;
  /** Lines below `releases:versions`, by stack. */
  readonly pins?: Readonly<Record<string, readonly string[]>>;
  /** Further lines of a stack's config, by stack. */
  readonly more?: Readonly<Record<string, string>>;
  /** Where each stack's images are. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly at?: string;
}

export const definition = (name: string, more = ""): string =>
  `- { github: ${name}, docker: ${name}, deploy: { release: v1.0.0 }${more} }\n`;

/** Returns the files of a repository of three stacks, each of which pins what it runs. */
export function shopFiles({
  list = definition("catalog") + definition("orders"),
  environments = PLAIN_PATH,
  pins = {},
  more = {},
  hosts = {},
}: Omit<Shop, "at"> = {}): Record<string, string> {
  const stacks = ["testing", "staging", "production"].map((stack): [string, string] => {
    const lines = pins[stack] ?? ["catalog: v1.0.0", "orders: v1.0.0"];
    const versions = lines.map((line) => `    ${line}\n`).join("");
    const config = `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${stack} }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: "${hosts[stack] ?? "ghcr.io/acme"}" }
${versions === "" ? "" : `  releases:versions:\n${versions}`}${more[stack] ?? ""}`;
    return [`Pulumi.${stack}.yaml`, config];
  });
  return {
    "service/shop.yaml": list,
    "environments.yaml": environments,
    ...Object.fromEntries(stacks),
  };
}

/** A committed repository of those files. */
export function shop({ at, ...values }: Shop = {}): GitFolder {
  const folder = new GitFolder(shopFiles(values));
  folder.commit("start", at === undefined ? {} : { at });
  return folder;
}

/** Sets a pin of a stack by hand, and commits it. */
export function pin(folder: GitFolder, stack: string, from: string, to: string, by: By = {}): void {
  const file = `Pulumi.${stack}.yaml`;
  const before = fs.readFileSync(path.join(folder.path, file), "utf8");
  folder.write(file, before.replace(from, to));
  folder.commit(`${stack}: ${from} -> ${to}`, by);
}

export function configOf(folder: GitFolder, stack: string): string {
  return fs.readFileSync(path.join(folder.path, `Pulumi.${stack}.yaml`), "utf8");
}
