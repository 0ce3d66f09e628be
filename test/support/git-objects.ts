import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { deflateSync } from "node:zlib";
import type { Link } from "./folder";

/** Files of a commit by path: texts and links. */
export type Committed = Readonly<Record<string, string | Link>>;

/** A commit that is to be written. */
export interface NewCommit {
  readonly files: Committed;
  readonly parents: readonly string[];
  readonly message: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

type Folder = Map<string, Folder | string | Link>;

/**
 * A git repository whose objects and refs are written without git, a thousand times as fast. Every call
 * makes a whole file; nothing is packed.
 */
export class GitObjects {
  readonly path: string;
  readonly #written = new Set<string>();
  #checkedOut = new Map<string, string>();

  /** @param folder becomes an empty repository, whatever is in it */
  constructor(folder: string) {
    this.path = folder;
    fs.rmSync(folder, { recursive: true, force: true });
    for (const name of ["objects", "refs/heads", "refs/tags"]) {
      fs.mkdirSync(path.join(folder, ".git", name), { recursive: true });
    }
    fs.writeFileSync(path.join(folder, ".git/config"), "[core]\n\trepositoryformatversion = 0\n");
    this.#put("HEAD", "ref: refs/heads/main");
  }

  /** Writes a commit with its files, and returns its id. */
  commit({ files, parents, message, at }: NewCommit): string {
    const by = `Ada <ada@acme.example> ${Math.floor(at / 1000)} +0000`;
    const lines = [
      `tree ${this.#tree(foldersOf(files))}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${by}`,
      `committer ${by}`,
    ];
    return this.#object("commit", Buffer.from(`${lines.join("\n")}\n\n${message}`));
  }

  /** Makes an annotated tag. */
  tag(name: string, commit: string, at: number): void {
    const tagger = `tagger Ada <ada@acme.example> ${Math.floor(at / 1000)} +0000`;
    const text = `object ${commit}\ntype commit\ntag ${name}\n${tagger}\n\n${name}\n`;
    this.#put(`refs/tags/${name}`, this.#object("tag", Buffer.from(text)));
  }

  branch(name: string, commit: string): void {
    this.#put(`refs/heads/${name}`, commit);
  }

  /** Makes a commit HEAD, detached, and its files the working tree. */
  checkOut(commit: string, files: Committed): void {
    this.#put("HEAD", commit);
    const wanted = new Map(Object.entries(files).map(([file, entry]) => [file, keyOf(entry)]));
    for (const file of this.#checkedOut.keys()) {
      if (wanted.get(file) !== this.#checkedOut.get(file)) fs.rmSync(path.join(this.path, file));
    }
    for (const [file, entry] of Object.entries(files)) {
      if (this.#checkedOut.get(file) === keyOf(entry)) continue;
      const full = path.join(this.path, file);
      fs.mkdirSync(path.dirname(full), { recursive: true });
      if (typeof entry === "string") fs.writeFileSync(full, entry);
      else fs.symlinkSync(entry.link, full);
    }
    this.#checkedOut = wanted;
  }

  #put(name: string, text: string): void {
    fs.writeFileSync(path.join(this.path, ".git", name), `${text}\n`);
  }

  #tree(folder: Folder): string {
    const entries = [...folder].map(([name, entry]) => {
      if (entry instanceof Map)
        return { name, key: `${name}/`, mode: "40000", id: this.#tree(entry) };
      const isText = typeof entry === "string";
      const id = this.#object("blob", Buffer.from(isText ? entry : entry.link));
      return { name, key: name, mode: isText ? "100644" : "120000", id };
    });
    entries.sort((a, b) => (a.key < b.key ? -1 : 1));
    const lines = entries.flatMap(({ mode, name, id }) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(id, "hex"),
    ]);
    return this.#object("tree", Buffer.concat(lines));
  }

  #object(type: string, content: Buffer): string {
    const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = createHash("sha1").update(whole).digest("hex");
    if (this.#written.has(id)) return id;
    this.#written.add(id);
    const folder = path.join(this.path, ".git/objects", id.slice(0, 2));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, id.slice(2)), deflateSync(whole, { level: 1 }));
    return id;
  }
}

function keyOf(entry: string | Link): string {
  return typeof entry === "string" ? `file ${entry}` : `link ${entry.link}`;
}

function foldersOf(files: Committed): Folder {
  const root: Folder = new Map();
  for (const [file, entry] of Object.entries(files)) {
    const [name = "", ...folders] = file.split("/").reverse();
    let folder = root;
    for (const part of folders.reverse()) {
      const known = folder.get(part);
      const next = known instanceof Map ? known : new Map<string, Folder | string | Link>();
      folder.set(part, next);
      folder = next;
    }
    folder.set(name, entry);
  }
  return root;
}
