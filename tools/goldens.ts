/** `npm run goldens`: rewrites the plan of each committed stack that the tests compare with. */
import * as fs from "node:fs";
import * as path from "node:path";
import { plan } from "../src/cli/plan";
import { openRepository, PROGRAM } from "../src/app/open";

/** Where the golden plans are, one file a stack. */
export const GOLDENS = path.join(PROGRAM, "test/expected");

/** Returns a committed stack's plan as its golden holds it. */
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
