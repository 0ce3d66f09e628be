/** `npm run goldens`: rewrites the golden plan of each committed stack, which the tests compare with. */
import * as fs from "node:fs";
import * as path from "node:path";
import { openRepository, PROGRAM } from "../src/app/open";
import { planStacks } from "../src/app/plan-stacks";
import { realWorld } from "../src/app/real-world";
import { SILENT } from "../src/app/reporter";

/** The folder of the golden plans, one file for each stack. */
export const GOLDENS = path.join(PROGRAM, "test/expected");

/** Returns the plan of a committed stack, as its golden has it. */
export async function goldenOf(stack: string): Promise<string> {
  const world = realWorld(PROGRAM);
  const stacks = await planStacks(world, openRepository(world), [stack], SILENT);
  return `${JSON.stringify({ stacks: Object.fromEntries(stacks) }, null, 2)}\n`;
}

async function main(): Promise<void> {
  fs.mkdirSync(GOLDENS, { recursive: true });
  for (const stack of openRepository(realWorld(PROGRAM)).stacks.keys()) {
    fs.writeFileSync(path.join(GOLDENS, `${stack}.json`), await goldenOf(stack));
  }
}

if (require.main === module) void main();
