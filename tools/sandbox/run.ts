/**
 * `npm run sandbox -- up testing`: the program under Pulumi's real engine, without any account. Its state and
 * all things are kept in the user's cache folder from one run to the next.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pushImage } from "./aws";
import { Project } from "./project";
import { privateFolder } from "./private-folder";
import { Refusal } from "./stand-in";
import { findPulumi } from "../../src/adapters/find-tool";
import { walk } from "./walk";
import { World } from "./world";

const ROOT = path.join(__dirname, "../..");
const COMMANDS = ["preview", "up", "refresh", "destroy"];
const USAGE = `Usage: npm run sandbox -- COMMAND [STACK] [OPTIONS]

  preview, up, refresh, destroy STACK   as pulumi does, with further options of it
  push ACCOUNT REGION NAME TAG          push an image to a repository, as CI does
  walk                                  bring up all stacks, promote one version, destroy all
  clean                                 remove the state and all things`;

async function main([command = "", stack, ...options]: readonly string[]): Promise<number> {
  const folder = folderFor(ROOT);
  if (command === "clean" && stack === undefined) {
    fs.rmSync(folder, { recursive: true, force: true });
    return 0;
  }
  if (command === "push" && options.length === 3) {
    return push(privateFolder(folder), stack ?? "", options);
  }
  const isWalk = command === "walk" && stack === undefined;
  if (!isWalk && (!COMMANDS.includes(command) || stack === undefined)) {
    console.error(USAGE);
    return 2;
  }
  const cli = findPulumi() ?? downloaded();
  if (cli === undefined) {
    console.error(
      "sandbox: there is no Pulumi CLI in PATH or ~/.pulumi, and npm could not download one.\n" +
        "Install it from https://www.pulumi.com/docs/install, or run npm start, which needs none.",
    );
    return 3;
  }
  if (isWalk) return walk(cli);
  // Ctrl-C reaches the engine as well. It ends by itself, and this process after it.
  process.on("SIGINT", () => undefined);
  const project = await Project.open(privateFolder(folder), cli);
  try {
    if (!project.stacks().includes(stack ?? "")) project.expect("stack", "init", stack ?? "");
    const yes = command === "preview" ? [] : ["--yes"];
    return await project.show(command, ...yes, "--stack", stack ?? "", ...options);
  } finally {
    project.close();
  }
}

/** Pushes an image to a repository of the sandbox. Its content is its tag. */
function push(
  folder: string,
  account: string,
  [region = "", name = "", tag = ""]: string[],
): number {
  const digest = `sha256:${createHash("sha256").update(tag).digest("hex")}`;
  try {
    pushImage(new World(path.join(folder, "world")), { account, region }, name, tag, digest);
    console.log(`${name}:${tag} is ${digest}`);
    return 0;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    console.error(`sandbox: ${cause.message}`);
    return 1;
  }
}

/** Returns the folder of the sandbox: in the user's cache, where nobody else makes one. Each clone has its own. */
function folderFor(root: string): string {
  const { XDG_CACHE_HOME: cache = "" } = process.env;
  const id = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const caches = path.isAbsolute(cache) ? cache : path.join(os.homedir(), ".cache");
  return path.join(caches, "releases-sandbox", id);
}

/** Returns the CLI that npm's launcher downloads; undefined where that fails. */
function downloaded(): string | undefined {
  const launcher = path.join(ROOT, "node_modules/.bin/pulumi");
  if (!fs.existsSync(launcher)) return undefined;
  spawnSync(launcher, ["version"], { stdio: ["ignore", "ignore", "inherit"] });
  return findPulumi();
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
