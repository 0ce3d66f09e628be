import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { folderOf } from "./folder";
import { freePort, ServerProcess } from "./server";
import { findTool } from "../../src/adapters/find-tool";

const GO_BIN = path.join(process.env["HOME"] ?? "", "go/bin");
const registryTool = findTool("docker-registry", ["/usr/bin"]);
const skopeo = findTool("skopeo");
const regctl = findTool("regctl", [GO_BIN]);

/** What is missing of a real registry and its tools; undefined when nothing is. */
export const missingRegistryTool = [
  ["docker-registry", registryTool],
  ["skopeo", skopeo],
  ["regctl", regctl],
].find(([, found]) => found === undefined)?.[0];

/** PATH with regctl in it. */
export const PATH_WITH_REGCTL = [path.dirname(regctl ?? ""), process.env["PATH"]].join(":");

/** A user and the bcrypt hash of a password, as a registry's htpasswd file has them. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly hash: string;
}

/** A login whose password every reader may know. */
export const LOGIN: Login = {
  user: "ci",
  password: "secret",
  hash: "$2b$04$uXwmUgnAdIz2y5Y70HpjgOeJx62yBg9uZRslwv.WErILq1YMoxPcy",
};

/** Runs regctl beside this process, which may serve what it asks for; its input is empty. */
export async function regctlBeside(...args: string[]): Promise<string> {
  const hosts = args.flatMap((arg) => /^127\.0\.0\.1:\d+/.exec(arg)?.[0] ?? []);
  const options = hosts.flatMap((host) => ["--host", `reg=${host},tls=disabled`]);
  const running = promisify(execFile)(regctl ?? "", [...options, ...args]);
  running.child.stdin?.end();
  return (await running).stdout;
}

/** A real registry (CNCF Distribution) on the loopback. */
export class Registry {
  readonly host: string;
  readonly #login: Login | undefined;
  readonly #server: ServerProcess;

  private constructor(host: string, login: Login | undefined, server: ServerProcess) {
    this.host = host;
    this.#login = login;
    this.#server = server;
  }

  /** @param deletes whether it deletes what it is asked to */
  static async start(login?: Login, deletes = false): Promise<Registry> {
    const host = `127.0.0.1:${await freePort()}`;
    const folder = folderOf({});
    const auth =
      login === undefined
        ? ""
        : `auth: { htpasswd: { realm: test, path: "${folder}/htpasswd" } }\n`;
    if (login !== undefined) {
      fs.writeFileSync(path.join(folder, "htpasswd"), `${login.user}:${login.hash}\n`);
    }
    const config = `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: "${folder}/data" }, delete: { enabled: ${deletes} } }\nhttp: { addr: "${host}" }\n${auth}`;
    fs.writeFileSync(path.join(folder, "config.yml"), config);
    const args = ["serve", path.join(folder, "config.yml")];
    const server = await ServerProcess.start(registryTool ?? "", args, `http://${host}/v2/`);
    return new Registry(host, login, server);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Pushes an index of two platforms whose content depends on a text, and returns its digest. */
  push(repository: string, tag: string, content = "hello"): string {
    const { layout, digest } = imageLayout(content);
    const to = `docker://${this.host}/${repository}:${tag}`;
    const options = [
      "--all",
      "--preserve-digests",
      "--dest-tls-verify=false",
      ...this.#creds("dest-"),
    ];
    execFileSync(skopeo ?? "", ["copy", "--quiet", ...options, `oci:${layout}:image`, to], {
      stdio: "pipe",
    });
    return digest;
  }

  /** Attaches a referrer to an image, and a tag of its digest as cosign 2 writes signatures. */
  sign(repository: string, digest: string): void {
    this.refer(repository, digest);
    const tag = `${this.host}/${repository}:${digest.replace(":", "-")}.sig`;
    this.regctl("cosign", "artifact", "put", "--artifact-type", "application/x-cosign", tag);
  }

  /** Attaches a referrer to an image. */
  refer(repository: string, digest: string): void {
    const subject = ["--subject", `${this.host}/${repository}@${digest}`];
    this.regctl("sig", "artifact", "put", "--artifact-type", "application/x-sig", ...subject);
  }

  /** Returns the tags of a repository, sorted; none of one that isn't there. */
  tags(repository: string): string[] {
    try {
      return this.regctl("", "tag", "ls", `${this.host}/${repository}`)
        .split("\n")
        .filter(Boolean)
        .sort();
    } catch {
      return [];
    }
  }

  /** Returns the digest of the very bytes that the registry gives for a tag, or undefined. */
  digest(repository: string, tag: string): string | undefined {
    const image = `docker://${this.host}/${repository}:${tag}`;
    try {
      const raw = execFileSync(
        skopeo ?? "",
        ["inspect", "--raw", "--tls-verify=false", ...this.#creds(""), image],
        { stdio: ["ignore", "pipe", "ignore"] },
      );
      return `sha256:${createHash("sha256").update(raw).digest("hex")}`;
    } catch {
      return undefined;
    }
  }

  /** Returns the digests of what refers to an image. */
  referrers(repository: string, digest: string): string[] {
    const image = `${this.host}/${repository}@${digest}`;
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    return this.regctl("", "artifact", "list", image, "--format", format)
      .split("\n")
      .filter(Boolean);
  }

  regctl(input: string, ...args: string[]): string {
    const login = this.#login;
    const creds = login === undefined ? "" : `,user=${login.user},pass=${login.password}`;
    const host = `reg=${this.host},tls=disabled${creds}`;
    return execFileSync(regctl ?? "", ["--host", host, ...args], {
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  #creds(side: string): string[] {
    const login = this.#login;
    return login === undefined ? [] : [`--${side}creds`, `${login.user}:${login.password}`];
  }
}

/** Writes an OCI layout of an index with two platforms, and returns it with the index's digest. */
export function imageLayout(content: string): { layout: string; digest: string } {
  const layout = folderOf({ "oci-layout": '{"imageLayoutVersion":"1.0.0"}' });
  const blob = (bytes: Buffer | string, mediaType: string) => {
    const digest = createHash("sha256").update(bytes).digest("hex");
    fs.mkdirSync(path.join(layout, "blobs/sha256"), { recursive: true });
    fs.writeFileSync(path.join(layout, "blobs/sha256", digest), bytes);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(bytes) };
  };
  const oci = "application/vnd.oci.image";
  const manifests = ["amd64", "arm64"].map((architecture) => {
    const layer = blob(tarOf(`${content} ${architecture}`), `${oci}.layer.v1.tar`);
    const config = blob(
      JSON.stringify({
        architecture,
        os: "linux",
        config: {},
        rootfs: { type: "layers", diff_ids: [layer.digest] },
      }),
      `${oci}.config.v1+json`,
    );
    const mediaType = `${oci}.manifest.v1+json`;
    const manifest = { schemaVersion: 2, mediaType, config, layers: [layer] };
    const platform = { os: "linux", architecture };
    return { ...blob(JSON.stringify(manifest), mediaType), platform };
  });
  const mediaType = `${oci}.index.v1+json`;
  // Spaces that no JSON library would write the same way: bytes that are kept are kept exactly.
  const index = blob(
    JSON.stringify({ schemaVersion: 2, mediaType, manifests }, null, 3),
    mediaType,
  );
  const annotations = { "org.opencontainers.image.ref.name": "image" };
  const entry = { schemaVersion: 2, manifests: [{ ...index, annotations }] };
  fs.writeFileSync(path.join(layout, "index.json"), JSON.stringify(entry));
  return { layout, digest: index.digest };
}

/** Returns a tar archive of one file. */
function tarOf(content: string): Buffer {
  const folder = folderOf({ "content.txt": content });
  return execFileSync("tar", ["--create", "--mtime=@0", "--directory", folder, "content.txt"]);
}
