import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { commitAll } from "./commits";
import { writeList, writeStack } from "./list";
import { measure, show } from "./measure";
import { CLI, FOLDER } from "./workspace";
import { PROGRAM } from "../../src/app/open";

const TAGS = 10_000;
const PORT = 45_871;

/**
 * A repository of ECR with 10,000 tags: of each an index with two parts and a signature, all of which go but what the
 * definition names. The registry is another process.
 */
export async function prune(): Promise<string[][]> {
  const at = path.join(FOLDER, "prune");
  writeList(at, 1, 1);
  writeStack(at);
  const config = path.join(at, "Pulumi.testing.yaml");
  const text = fs.readFileSync(config, "utf8").replace(/^ *replicas: .*\n/m, "");
  fs.writeFileSync(config, text);
  commitAll(at);
  const registry = ["tools/bench/ecr-server.ts", String(PORT), "releases/service-0", String(TAGS)];
  const server = spawn(process.execPath, ["--require", "./register.js", ...registry], {
    cwd: PROGRAM,
    stdio: "ignore",
  });
  const address = `http://127.0.0.1:${PORT}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_ECR: address,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  });
  try {
    for (let tries = 0; tries < 100 && !(await answers(address)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const ours = [CLI, "prune", "--path", at];
    return [
      [`prune, ${TAGS} tags, ${4 * TAGS} manifests`, show(measure(ours))],
      ["prune --yes, the same", show(measure([...ours, "--yes"]))],
      ["prune, nothing left to delete", show(measure(ours))],
    ];
  } finally {
    server.kill();
  }
}

function answers(address: string): Promise<boolean> {
  return fetch(address, { method: "POST", body: "{}" }).then(
    () => true,
    () => false,
  );
}
