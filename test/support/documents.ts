import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

/** The documents that users and contributors read, relative to the program's folder. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "charts/service/1.1.0/README.md",
  ...fs
    .readdirSync(path.join(PROGRAM, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** Returns a document's text. */
export function documentText(file: string): string {
  return fs.readFileSync(path.join(PROGRAM, file), "utf8");
}

/** A command of a ```console block, with what the block shows below it. */
export interface ConsoleCommand {
  readonly command: string;
  readonly output: string;
}

/** Returns the commands of a document's console blocks, in their order. */
export function consoleCommands(file: string): ConsoleCommand[] {
  return commandsIn(file, "console");
}

/** Returns the commands of a document's blocks in a language, in their order. */
export function commandsIn(file: string, language: string): ConsoleCommand[] {
  const blocks = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g");
  return [...documentText(file).matchAll(blocks)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...output] = part.split("\n");
        return { command, output: output.join("\n") };
      }),
  );
}

/** Whether a command belongs to the promotion that the README begins and docs/promotion.md goes on with. */
export function isOfWalk({ command }: ConsoleCommand): boolean {
  return command.includes("$walk");
}

/** Returns a command as a shell runs it here: `npx releases` and `npm start` without npm's own output. */
export function shellCommand(command: string): string {
  return command
    .replace(/^npx releases/, `"${process.execPath}" src/cli/releases.js`)
    .replace(/^npm start/, `"${process.execPath}" --require ./register.js tools/start.ts`);
}

/** Returns what a command prints in the program's folder, stderr first. */
export function outputOf(command: string): string {
  const { stdout, stderr } = spawnSync(shellCommand(command), {
    cwd: PROGRAM,
    encoding: "utf8",
    shell: true,
  });
  return stderr + stdout;
}
