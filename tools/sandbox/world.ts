import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import writeFileAtomic from "write-file-atomic";

/** Properties of a resource, as the engine and a provider exchange them. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a provider acts on: an account and region, a context, or an owner. */
export type Scope = Readonly<Record<string, string>>;

/** What `pulumi import` identifies a thing by. */
export interface Identity {
  readonly type: string;
  readonly id: string;
  readonly scope: Scope;
}

/** One thing that exists in the sandbox: a repository, a release, a webhook. */
export interface Thing {
  /** Scope, type and name, such as `111111111111 eu-west-1 repository releases/orders`. */
  readonly key: string;
  readonly properties: Properties;
  /** Absent for a thing that no provider made. */
  readonly identity?: Identity;
  /** Properties that hold a secret, as the service shows them. */
  readonly shown?: Properties;
  /** Of an image repository: digests by tag. */
  readonly images?: Readonly<Record<string, string>>;
  /** Of a Helm release: its `Revision`s, oldest first. */
  readonly revisions?: readonly unknown[];
}

/**
 * All things in the accounts, clusters and organizations of the sandbox. Each has a file of its own, which is
 * replaced as a whole, so a process that is killed leaves a thing as it was before, or after.
 */
export class World {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true });
  }

  get(key: string): Thing | undefined {
    const file = this.#file(key);
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Thing) : undefined;
  }

  put(thing: Thing): void {
    writeFileAtomic.sync(this.#file(thing.key), JSON.stringify(thing));
  }

  /** Returns the thing of a type and id in a scope. Reads all things. */
  find(identity: Identity): Thing | undefined {
    return this.#things().find((thing) => isDeepStrictEqual(thing.identity, identity));
  }

  remove(key: string): void {
    fs.rmSync(this.#file(key), { force: true });
  }

  /** Returns the keys of all things, sorted. */
  keys(): string[] {
    return this.#things()
      .map(({ key }) => key)
      .sort();
  }

  #things(): Thing[] {
    return fs
      .readdirSync(this.#folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => fs.readFileSync(path.join(this.#folder, name), "utf8"))
      .map((text) => JSON.parse(text) as Thing);
  }

  /** A key may have more characters than the name of a file may. */
  #file(key: string): string {
    return path.join(this.#folder, `${createHash("sha256").update(key).digest("hex")}.json`);
  }
}
