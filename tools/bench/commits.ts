import { execFileSync } from "node:child_process";

const DIGEST = "0123456789abcdef".repeat(4);

const PATH = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release], soak: 1h }
  production: { from: staging, accepts: [release], soak: 24h }
`;

const configOf = (stack: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${stack} }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
`;

/**
 * Makes a git repository of a list and three stacks, and bumps one pin of one stack in each commit; the
 * last one bumps every pin of testing.
 * @param folder an empty folder
 */
export function makeHistory(folder: string, services: number, commits: number): void {
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const stacks = ["testing", "staging", "production"];
  const versions = new Map(stacks.map((stack) => [stack, new Map(names.map((name) => [name, 0]))]));
  const file = (path: string, content: string): string =>
    `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
  const config = (stack: string): string => {
    const pins = [...(versions.get(stack) ?? [])].map(
      ([name, patch]) => `    ${name}: v1.0.${patch}@sha256:${DIGEST}\n`,
    );
    return `${configOf(stack)}  releases:versions:\n${pins.join("")}`;
  };
  const definitions = names.map(
    (name) => `- github: ${name}\n  docker: ${name}\n  deploy:\n    release: v1.0.0\n`,
  );
  const start = Date.UTC(2024, 0, 1) / 1000;
  const commit = (index: number, message: string): string =>
    `commit refs/heads/main\ncommitter Ada <ada@acme.example> ${start + index * 600} +0000\n` +
    `data ${message.length}\n${message}\n`;
  const stream = [
    commit(0, "start"),
    file("service/all.yaml", definitions.join("")),
    file("environments.yaml", PATH),
    ...stacks.map((stack) => file(`Pulumi.${stack}.yaml`, config(stack))),
  ];
  for (let index = 1; index < commits; index++) {
    const stack = stacks[index % stacks.length] ?? "";
    const name = names[(index * 7) % services] ?? "";
    const pins = versions.get(stack);
    pins?.set(name, (pins.get(name) ?? 0) + 1);
    stream.push(commit(index, `bump (#${index})`), file(`Pulumi.${stack}.yaml`, config(stack)));
  }
  versions.set("testing", new Map(names.map((name) => [name, commits])));
  stream.push(commit(commits, "bump all"), file("Pulumi.testing.yaml", config("testing")));
  execFileSync("git", ["init", "--quiet", "--initial-branch=main"], { cwd: folder });
  execFileSync("git", ["fast-import", "--quiet"], { cwd: folder, input: stream.join("") });
  execFileSync("git", ["reset", "--quiet", "--hard"], { cwd: folder });
}

/** Makes a git repository of a folder as it is. */
export function commitAll(folder: string): void {
  const git = (...args: string[]): void => void execFileSync("git", args, { cwd: folder });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git(
    "-c",
    "user.name=Ada",
    "-c",
    "user.email=ada@acme.example",
    "commit",
    "--quiet",
    "-m",
    "start",
  );
}
