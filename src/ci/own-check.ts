import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ValidateResult } from "../app/publish/validate";
import { usageError } from "../core/error";

/** What a repository's own check gets no part in: it looks at what was published as anyone would. */
const SECRETS = [
  "GITHUB_TOKEN",
  "GH_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "ACTIONS_RUNTIME_TOKEN",
];

/**
 * Runs the check of a repository over what was published, with its output where this process has its own. It finds
 * the files in the folder RELEASES_FILES, what was published in RELEASES_PUBLISHED, as JSON by service; and of one
 * service in RELEASES_VERSION and RELEASES_IMAGE. Returns why it failed; undefined where it ended with exit code 0.
 * @param into where the files are written. Default: a folder that is removed afterwards
 */
export async function runOwnCheck(
  command: readonly string[],
  { files, services }: Pick<ValidateResult, "files" | "services">,
  into: string | undefined,
): Promise<string | undefined> {
  const folder = into ?? fs.mkdtempSync(path.join(os.tmpdir(), "releases-published-"));
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const { name, bytes } of files) {
      // A name of a file of GitHub has no slash; one that has is somebody's attack.
      if (path.basename(name) !== name) throw usageError(`"${name}" is no file's name`);
      fs.writeFileSync(path.join(folder, name), bytes);
    }
    return command.length === 0 ? undefined : await failureOf(command, folder, services);
  } finally {
    if (into === undefined) fs.rmSync(folder, { recursive: true, force: true });
  }
}

function failureOf(
  [tool = "", ...args]: readonly string[],
  folder: string,
  services: ValidateResult["services"],
): Promise<string | undefined> {
  const [only, ...others] = services.values();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    RELEASES_FILES: path.resolve(folder),
    RELEASES_PUBLISHED: JSON.stringify(Object.fromEntries(services)),
    ...(only !== undefined && others.length === 0 && { RELEASES_VERSION: only.version }),
    ...(only?.image !== undefined && others.length === 0 && { RELEASES_IMAGE: only.image }),
  };
  for (const name of SECRETS) Reflect.deleteProperty(env, name);
  const name = [tool, ...args].join(" ");
  return new Promise((resolve) => {
    const child = spawn(tool, args, { env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", (cause) => {
      resolve(`${name} can't be run: ${cause.message}`);
    });
    child.once("close", (code, signal) => {
      const how = code === null ? `the signal ${String(signal)}` : `exit code ${code}`;
      resolve(code === 0 ? undefined : `${name} ended with ${how}`);
    });
  });
}
