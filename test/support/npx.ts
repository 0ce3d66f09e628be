import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { inspect } from "node:util";
import { releasesWith } from "./cli";
import { folderOf } from "./folder";

/**
 * `npx --no releases` of a script: it hands its folder, arguments and environment to this process, and prints what the
 * command line said here. So a script is run by a real shell, and none of its commands takes the start of Node.js.
 */
const STUB = `#!/usr/bin/env bash
set -eu
[ "$1 $2" = "--no releases" ]
shift 2
told=$(mktemp -d)
printf '%s\\0' "$PWD" "$@" > "$told/call"
env --null > "$told/environment"
exec 3<>"/dev/tcp/127.0.0.1/$NPX_PORT"
echo "$told" >&3
read -r code <&3
cat "$told/stdout"
cat "$told/stderr" >&2
rm -r "$told"
exit "$code"
`;

/** Returns the variables by which a script finds this `npx`, laid over some others. */
export async function withNpx(variables: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  // Anew for each: folders of tests are removed at the end of each file, while modules stay.
  const folder = folderOf({ npx: STUB });
  fs.chmodSync(path.join(folder, "npx"), 0o755);
  const PATH = [folder, variables["PATH"] ?? process.env["PATH"]].join(":");
  return { ...variables, PATH, NPX_PORT: String(await port()) };
}

let server: net.Server | undefined;

async function port(): Promise<number> {
  if (server === undefined) {
    server = net.createServer((socket) => {
      socket.once("data", (told) => {
        void answer(told.toString().trim()).then((code) => socket.end(`${code}\n`));
      });
    });
    // It ends with this process.
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
  }
  return (server.address() as net.AddressInfo).port;
}

/** Does what a call says, and leaves what was printed next to it. Returns the exit code. */
async function answer(told: string): Promise<number | null> {
  const read = (name: string): string[] =>
    fs.readFileSync(path.join(told, name), "utf8").split("\0").slice(0, -1);
  const [folder = "", ...args] = read("call");
  const environment = read("environment").map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const run = await releasesWith(
    Object.fromEntries(environment) as NodeJS.ProcessEnv,
    folder,
    ...args,
  ).catch((cause: unknown) => ({ code: 1, stdout: "", stderr: `${inspect(cause)}\n` }));
  fs.writeFileSync(path.join(told, "stdout"), run.stdout);
  fs.writeFileSync(path.join(told, "stderr"), run.stderr);
  return run.code;
}
