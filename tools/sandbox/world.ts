import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import writeFileAtomic from "write-file-atomic";

/** What a resource is made of, as the engine and a provider tell each other. */
export type Properties = Readonly<Record<string, unknown>>;

/** Where a provider acts: an account and region, a context, an owner. */
export type Place = Readonly<Record<string, string>>;

/** What `pulumi import` finds a thing by. */
export interface Identity {
  readonly type: string;
  readonly id: string;
  readonly place: Place;
}

/** One thing that exists in the sandbox: a repository, a release, a webhook. */
export interface Thing {
  /** Where it is and what it is called, such as `111111111111 eu-west-1 repository releases/orders`. */
  readonly key: string;
  readonly properties: Properties;
  /** Absent for what no provider made. */
  readonly identity?: Identity;
  /** What the service shows of properties that hold a secret. */
  readonly shown?: Properties;
  /** Of an image repository: digests by tag. */
  readonly images?: Readonly<Record<string, string>>;
}

/**
 * All that exists in the sandbox's accounts, clusters and organisations: a file for each thing, which is
 * replaced whole. A process that is killed leaves what was before, or after.
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

  /** Returns the thing of a type and id in a place. Looks at all that there is. */
  find(identity: Identity): Thing | undefined {
    return this.#things().find((thing) => isDeepStrictEqual(thing.identity, identity));
  }

  remove(key: string): void {
    fs.rmSync(this.#file(key), { force: true });
  }

  /** Returns the keys of all that exists, sorted. */
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

  /** A key may hold more characters than a file's name. */
  #file(key: string): string {
    return path.join(this.#folder, `${createHash("sha256").update(key).digest("hex")}.json`);
  }
}
