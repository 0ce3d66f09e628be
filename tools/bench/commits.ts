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

/** How a repository of other people's commits is made. */
export interface MonorepoSize {
  /** Commits on the first-parent line of `main`; a fifth of them are merges of a branch of one commit. */
  readonly commits: number;
  /** How many of them change what Releases reads: a pin, a definition, environments.yaml or a name. */
  readonly touching: number;
}

/**
 * Makes a git repository like a company's: most commits change files that Releases doesn't read, and some
 * bump a pin, change a definition, or rename a file of the list or a stack config. The list came from
 * another folder, `deploy/`, after a tenth of the commits.
 * @param folder an empty folder
 */
export function makeMonorepo(folder: string, { commits, touching }: MonorepoSize): void {
  const stream = new CommitStream();
  const stacks = ["testing", "staging", "production"];
  const definition = (name: string, release: number): string =>
    `- github: ${name}\n  docker: ${name}\n  deploy:\n    release: v1.0.${release}\n`;
  const config = (stack: string, patch: number): string =>
    `${configOf(stack)}  releases:versions:\n    service-0: v1.0.${patch}@sha256:${DIGEST}\n`;
  const teams = Array.from({ length: 10 }, (_, team) => `service/team-${team}/all.yaml`);
  const source = (index: number): string =>
    `src/area-${index % 20}/part-${index % 50}/file-${index % 1000}.ts`;
  stream.commit("main", "start");
  stream.write("deploy/environments.yaml", PATH);
  for (const [team, file] of teams.entries()) {
    stream.write(`deploy/${file}`, definition(`service-${team}`, 0));
  }
  for (const stack of stacks) stream.write(`deploy/Pulumi.${stack}.yaml`, config(stack, 0));
  for (let index = 0; index < 1000; index++) stream.write(source(index), `// ${index}\n`);
  const every = Math.max(1, Math.floor(commits / touching));
  let root = "deploy/";
  for (let index = 1; index < commits; index++) {
    const merges = index % 5 === 0;
    const isMove = root !== "" && index >= commits / 10;
    if (merges) stream.branch("topic", "main");
    stream.commit(merges ? "topic" : "main", `change ${index} (#${index})`);
    if (isMove) {
      const names = ["environments.yaml", ...stacks.map((stack) => `Pulumi.${stack}.yaml`)];
      for (const name of [...names, "service"]) stream.rename(`${root}${name}`, name);
      root = "";
    } else if (index % every === 0) {
      const turn = index / every;
      const team = turn % teams.length;
      const file = teams[team] ?? "";
      const stack = stacks[turn % stacks.length] ?? "";
      if (turn % 10 === 9) {
        const renamed = file.replace(/[^/]+$/, `all-${turn}.yaml`);
        stream.rename(`${root}${file}`, `${root}${renamed}`);
        teams[team] = renamed;
      } else if (turn % 2 === 0) {
        stream.write(`${root}${file}`, definition(`service-${team}`, turn));
      } else {
        stream.write(`${root}Pulumi.${stack}.yaml`, config(stack, turn));
      }
    } else {
      stream.write(source(index * 7), `// ${index}\n`);
      stream.write(source(index * 13), `// ${index} as well\n`);
    }
    if (merges) stream.merge("topic", "main", `Merge pull request #${index} from acme/topic`);
  }
  stream.into(folder);
}

/** The input of `git fast-import`: commits ten minutes apart. */
class CommitStream {
  readonly #lines: string[] = [];
  /** What the current commit does to files. */
  #changes: string[] = [];
  #seconds = Date.UTC(2024, 0, 1) / 1000;

  /** Begins a commit, whose files follow. */
  commit(branch: string, message: string): void {
    this.#seconds += 600;
    this.#changes = [];
    this.#lines.push(
      `commit refs/heads/${branch}\ncommitter Ada <ada@acme.example> ${this.#seconds} +0000\n`,
      `data ${Buffer.byteLength(message)}\n${message}\n`,
    );
  }

  write(path: string, content: string): void {
    this.#change(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
  }

  /** Renames a file or a folder. */
  rename(from: string, to: string): void {
    this.#change(`R ${from} ${to}\n`);
  }

  branch(name: string, from: string): void {
    this.#lines.push(`reset refs/heads/${name}\nfrom refs/heads/${from}\n\n`);
  }

  /** Merges the commit made last, the only one of its branch, into the branch that it came from. */
  merge(from: string, into: string, message: string): void {
    const changes = this.#changes;
    this.commit(into, message);
    this.#lines.push(`merge refs/heads/${from}\n`, ...changes);
  }

  into(folder: string): void {
    execFileSync("git", ["init", "--quiet", "--initial-branch=main"], { cwd: folder });
    execFileSync("git", ["fast-import", "--quiet"], { cwd: folder, input: this.#lines.join("") });
    execFileSync("git", ["reset", "--quiet", "--hard"], { cwd: folder });
  }

  #change(line: string): void {
    this.#changes.push(line);
    this.#lines.push(line);
  }
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
