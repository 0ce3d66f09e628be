import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

const DAY = 86_400_000;
const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;

/** A repository as The Update Framework describes it, on the loopback: one target under its names, and a key for each role. */
export class TufRepository {
  /** By path, as they are served. */
  readonly files = new Map<string, string>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server: http.Server;
  readonly #keys = new Map(ROLES.map((role) => [role, keyOf()]));
  readonly #names: readonly string[];
  #root = 0;
  #version = 0;

  private constructor(server: http.Server, names: readonly string[]) {
    this.#server = server;
    this.#names = names;
  }

  /** @param target the bytes of `trusted_root.json`, and of what else it is to be called */
  static async start(target: string, ...names: readonly string[]): Promise<TufRepository> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const repository = new TufRepository(server, ["trusted_root.json", ...names]);
    server.on("request", ({ url = "" }, response) => {
      repository.asked.push(url.slice(1));
      const text = repository.files.get(url.slice(1));
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    repository.rotate();
    repository.publish(target);
    return repository;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The root that is trusted to begin with. */
  get initial(): string {
    return this.files.get("1.root.json") ?? "";
  }

  /** Gives root and targets other keys, in a root that the former key signs as well. */
  rotate(): void {
    const former = this.#keys.get("root");
    if (this.#root > 0)
      for (const role of ["root", "targets"] as const) this.#keys.set(role, keyOf());
    const keys = [...this.#keys].map(([role, key]) => [role, key] as const);
    const signed = {
      ...headOf("root", ++this.#root),
      consistent_snapshot: false,
      keys: Object.fromEntries(keys.map(([, { id, value }]) => [id, value])),
      roles: Object.fromEntries(
        keys.map(([role, { id }]) => [role, { keyids: [id], threshold: 1 }]),
      ),
    };
    const by = [...new Set([former, this.#keys.get("root")])].flatMap((key) => key ?? []);
    this.files.set(`${this.#root}.root.json`, signedBy(signed, by));
  }

  /**
   * Has another target.
   * @param days until the metadata expires
   */
  publish(target: string, days = 7): void {
    const version = ++this.#version;
    const put = (role: "targets" | "snapshot" | "timestamp", content: object): void => {
      const key = this.#keys.get(role);
      if (key === undefined) throw new Error(`${role} has no key`);
      const signed = { ...headOf(role, version, days), ...content };
      this.files.set(`${role}.json`, signedBy(signed, [key]));
    };
    const digest = createHash("sha256").update(target).digest("hex");
    const length = Buffer.byteLength(target);
    const targets = this.#names.map((name) => [name, { length, hashes: { sha256: digest } }]);
    for (const name of this.#names) this.files.set(`targets/${name}`, target);
    put("targets", { targets: Object.fromEntries(targets) as object });
    put("snapshot", { meta: { "targets.json": { version } } });
    put("timestamp", { meta: { "snapshot.json": { version } } });
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

interface Key {
  readonly id: string;
  readonly value: object;
  readonly secret: KeyObject;
}

function keyOf(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const bytes = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const value = {
    ...{ keytype: "ed25519", scheme: "ed25519" },
    keyval: { public: bytes.toString("hex") },
  };
  const id = createHash("sha256").update(canonical(value)).digest("hex");
  return { id, value, secret: privateKey };
}

function headOf(role: string, version: number, days = 365): object {
  const expires = new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+/, "");
  return { _type: role, spec_version: "1.0.31", version, expires };
}

function signedBy(signed: object, keys: readonly Key[]): string {
  const signatures = keys.map(({ id, secret }) => ({
    keyid: id,
    sig: sign(null, Buffer.from(canonical(signed)), secret).toString("hex"),
  }));
  return JSON.stringify({ signed, signatures });
}

/** Returns the one text of a value: keys in order, no blanks. Texts with control characters have another one. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(",")}}`;
}
