import * as fs from "node:fs";
import * as path from "node:path";

/** Writes a release list of some definitions in some files; the last file has what is left over. */
export function writeList(folder: string, definitions: number, files: number): void {
  fs.mkdirSync(path.join(folder, "service"), { recursive: true });
  const perFile = Math.ceil(definitions / files);
  for (let file = 0; file < files; file++) {
    const length = Math.min(perFile, definitions - file * perFile);
    const entries = Array.from({ length }, (_, index) => {
      const name = `service-${file * perFile + index}`;
      return `- docker: "${name}"\n  github: "${name}"\n  deploy:\n    release: "v1.2.${index}"\n`;
    });
    fs.writeFileSync(path.join(folder, "service", `list-${file}.yaml`), entries.join("\n"));
  }
}

/** Writes environments.yaml and one stack config, so that the list can be planned. */
export function writeStack(folder: string): void {
  fs.writeFileSync(
    path.join(folder, "environments.yaml"),
    "environments:\n  testing:\n    accepts: [release]\n",
  );
  fs.writeFileSync(path.join(folder, "Pulumi.testing.yaml"), STACK);
}

/** Writes a path of three environments, and for each a stack in an account of its own that pins every service. */
export function writePath(folder: string, definitions: number): void {
  const environments = ["testing", "staging", "production"];
  const steps = environments.map((name, index) => {
    const from = environments[index - 1];
    return `  ${name}: { ${from === undefined ? "" : `from: ${from}, `}accepts: [release] }\n`;
  });
  fs.writeFileSync(path.join(folder, "environments.yaml"), `environments:\n${steps.join("")}`);
  const pins = Array.from({ length: definitions }, (_, index) => `    service-${index}: v1.1.0\n`);
  for (const [index, name] of environments.entries()) {
    const config = STACK.replace("111111111111", `${index + 3}`.repeat(12)).replace("bench", name);
    const text = `${config}  releases:versions:\n${pins.join("")}`;
    fs.writeFileSync(path.join(folder, `Pulumi.${name}.yaml`), text);
  }
}

/** Writes environments.yaml and the configs of stacks that share the list evenly; the first owns the registry. */
export function writeShards(folder: string, definitions: number, shards: number): void {
  writeStack(folder);
  fs.rmSync(path.join(folder, "Pulumi.testing.yaml"));
  const size = definitions / shards;
  for (let shard = 0; shard < shards; shard++) {
    const names = Array.from({ length: size }, (_, index) => `service-${shard * size + index}`);
    const config = shard === 0 ? STACK : STACK.replace(/^ *replicas: .*\n/m, "");
    const select = `  releases:environment: testing\n  releases:select: { names: [${names.join(", ")}] }\n`;
    fs.writeFileSync(path.join(folder, `Pulumi.testing-${shard}.yaml`), config + select);
  }
}

// No encrypted value, because that would need the passphrase's key: the engine's cost is the same.
const STACK = `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:cluster: { context: bench }
  releases:github: { owner: acme }
  releases:registry:
    role: source
    prefix: releases/
    replicas: [{ account: "222222222222", region: eu-west-1 }]
`;
