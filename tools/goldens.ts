/** `npm run goldens`: rewrites the golden plan of each committed stack, which the tests compare with. */
import * as fs from "node:fs";
import * as path from "node:path";
import { plan } from "../src/cli/plan";
import { openRepository, PROGRAM } from "../src/app/open";

/** The folder of the golden plans, one file for each stack. */
export const GOLDENS = path.join(PROGRAM, "test/expected");

/** Returns the plan of a committed stack, as its golden has it. */
export async function goldenOf(stack: string): Promise<string> {
  let text = "";
  const io = { out: (line: string) => (text += `${line}\n`), err: console.error };
  await plan([stack], { path: PROGRAM, json: true }, io);
  return text;
}

async function main(): Promise<void> {
  fs.mkdirSync(GOLDENS, { recursive: true });
  for (const stack of openRepository(PROGRAM).stacks.keys()) {
    fs.writeFileSync(path.join(GOLDENS, `${stack}.json`), await goldenOf(stack));
  }
}

if (require.main === module) void main();
