/** `npm run goldens`: rewrites the plan of each committed stack that the tests compare with. */
import * as fs from "node:fs";
import * as path from "node:path";
import { openRepository, PROGRAM } from "../src/app/open";
import { planStacks } from "../src/app/plan-stacks";
import { realWorld } from "../src/app/real-world";
import { SILENT } from "../src/app/reporter";

/** Where the golden plans are, one file a stack. */
export const GOLDENS = path.join(PROGRAM, "test/expected");

/** Returns a committed stack's plan as its golden holds it. */
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
