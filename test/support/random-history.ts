/** A source of numbers that a seed repeats. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a whole number below a limit. */
  below(limit: number): number {
    // Mulberry32, of the public domain.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  one<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error("nothing to choose from");
    return value;
  }

  /** Returns values in another order. */
  shuffled<Value>(values: readonly Value[]): Value[] {
    const keyed = values.map((value) => ({ value, key: this.below(2 ** 31) }));
    return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
  }

  /** Whether something that happens once in a number of times happens. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

/** Paths that are read, that are not, and with which git's patterns or output might go astray. */
const PATHS = [
  "service/shop.yaml",
  "service/team/shop.yaml",
  "service/ü.yaml",
  "service/.hidden.yaml",
  "service/notes.txt",
  "infrastructure/base.yaml",
  "Pulumi.testing.yaml",
  "Pulumi.other.yaml",
  "Pulumi.yaml",
  "environments.yaml",
  "old.yaml",
  "deploy/service/shop.yaml",
  "deploy/service/team.yaml",
  "deploy/Pulumi.testing.yaml",
  "deploy/de ep/x.yaml",
  "a[b]*?/c\\d.yaml",
  "line\nend/x.yaml",
  "src/a.ts",
];

type Tree = Map<string, { mode: "100644" | "100755" | "120000"; content: string }>;

const definition = (name: string, release: string): string =>
  `- github: ${name}\n  docker: ${name}\n  deploy:\n    release: ${release}\n`;

function contentFor(path: string, dice: Dice): string {
  const version = (): string => `v1.${dice.below(4)}.${dice.below(3)}`;
  if (path.endsWith(".ts")) return `// ${dice.below(9)}\n`;
  if (path.includes("Pulumi.")) {
    const pins = ["orders", "catalog"].map((name) => `    ${name}: ${version()}\n`).join("");
    const hold = `  releases:holds:\n    orders: { reason: why ${dice.below(3)} }\n`;
    const config = `config:\n  aws:region: eu-west-1\n  releases:environment: testing\n`;
    return `${config}  releases:versions:\n${pins}${dice.once(4) ? hold : ""}`;
  }
  const names = ["orders", "catalog", "mailer"].filter(() => !dice.once(5));
  return `# A comment that every version has.\n${names.map((name) => definition(name, version())).join("")}`;
}

/** Puts a file into a tree, which then isn't a folder any more, nor below a file. */
function put(
  tree: Tree,
  path: string,
  file: { mode: "100644" | "100755" | "120000"; content: string },
): void {
  for (const other of [...tree.keys()]) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) tree.delete(other);
  }
  tree.set(path, file);
}

function change(tree: Tree, dice: Dice): void {
  const present = [...tree.keys()];
  const path = dice.one(PATHS);
  const file = tree.get(path);
  if (file === undefined || dice.once(3)) {
    if (present.length > 0 && dice.once(2)) {
      const from = dice.one(present);
      const moved = tree.get(from);
      if (moved !== undefined && from !== path) {
        if (!dice.once(6)) tree.delete(from);
        const content = dice.once(3) ? `${moved.content}# moved\n` : moved.content;
        put(tree, path, { ...moved, content });
      }
      return;
    }
    put(tree, path, { mode: "100644", content: contentFor(path, dice) });
    return;
  }
  if (dice.once(6)) tree.delete(path);
  else if (dice.once(12)) put(tree, path, { mode: "120000", content: "src/a.ts" });
  else if (dice.once(12)) put(tree, path, { ...file, mode: "100755" });
  else if (dice.once(20)) put(tree, "service", { mode: "120000", content: "src" });
  else put(tree, path, { mode: "100644", content: contentFor(path, dice) });
}

interface RandomCommit {
  readonly mark: number;
  readonly tree: Tree;
}

/**
 * Returns the input of `git fast-import` for a git repository with merges, renames, deletions and links:
 * branches `main`, `next` and `topic`, and tags `v1.*`. Its clocks may go wrong.
 * @param prefix the folder of the list in the git repository, with a `/` at its end where it isn't empty
 */
export function randomHistory(seed: number, prefix = ""): string {
  const dice = new Dice(seed);
  const stream: string[] = [];
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const quoted = (path: string): string =>
    `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  let seconds = Date.UTC(2026, 0, 1) / 1000;
  let marks = 0;
  const tags = new Set<string>();
  const heads: Record<"main" | "next" | "topic", RandomCommit | undefined> = {
    main: undefined,
    next: undefined,
    topic: undefined,
  };
  const branches = ["main", "main", "main", "next", "topic"] as const;
  const people = ["Ada", "Grace", "Edsger"];
  const commits = 12 + dice.below(30);
  for (let index = 0; index < commits; index++) {
    const branch = index === 0 ? "main" : dice.one(branches);
    const base = heads[branch] ?? heads.main;
    const others = [heads.main, heads.next, heads.topic].filter(
      (other) => other !== undefined && other !== base && dice.once(3),
    );
    const trees = [base, ...others].flatMap((commit) => commit?.tree ?? []);
    const tree: Tree = new Map(trees.length > 0 ? dice.one(trees) : []);
    const edits = others.length > 0 ? dice.below(2) : dice.below(4);
    for (let edit = 0; edit < edits || (index === 0 && edit < 8); edit++) change(tree, dice);
    seconds += dice.below(5000) - 500;
    const mark = ++marks;
    const number = dice.once(3) ? ` (#${mark})` : "";
    const merge = others.length > 0 && dice.once(2);
    const subject = merge ? `Merge pull request #${mark} from x` : `commit ${mark}${number}`;
    const glass = dice.once(8) ? `\n\nBreak-glass: reason ${mark}` : "";
    stream.push(
      `commit refs/heads/${branch}\nmark :${mark}\n`,
      `author ${dice.one(people)} <a@acme.example> ${seconds} +0000\n`,
      `committer ${dice.one(people)} <a@acme.example> ${seconds} +0000\n`,
      data(`${subject}${glass}`),
      ...(base === undefined ? [] : [`from :${base.mark}\n`]),
      ...others.map((other) => `merge :${other?.mark ?? 0}\n`),
      "deleteall\n",
      ...[...tree].map(([path, { mode, content }]) => {
        return `M ${mode} inline ${quoted(path.startsWith("src/") ? path : prefix + path)}\n${data(content)}`;
      }),
    );
    heads[branch] = { mark, tree };
    const tag = `v1.${dice.below(6)}.${dice.below(3)}`;
    if (dice.once(4) && !tags.has(tag)) {
      tags.add(tag);
      stream.push(
        `tag ${tag}\nfrom :${1 + dice.below(marks)}\n`,
        `tagger Ada <a@acme.example> ${seconds} +0000\n${data(tag)}`,
      );
    }
  }
  return stream.join("");
}
