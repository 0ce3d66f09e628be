/**
 * The process of the stand-in providers. It prints the value for the engine's PULUMI_DEBUG_PROVIDERS, and
 * runs until its standard input ends, so it never outlives the process that started it. Argument:
 * `ServeOptions` as JSON. It prints `paused` when it pauses, and resumes when it reads a line.
 */
import { once } from "node:events";
import { aws } from "./aws";
import { github } from "./github";
import { kubernetes } from "./kubernetes";
import type { ServeOptions } from "./providers";
import { ProviderServer, type Turn } from "./server";
import { World } from "./world";

async function main({ world, program, account, pause }: ServeOptions): Promise<void> {
  let changes = 0;
  const turn: Turn = async (begin) => {
    const when = ++changes === pause?.change ? pause.when : undefined;
    if (when === "before") await paused();
    const change = begin();
    if (when === "during") await paused();
    const result = change();
    if (when === "after") await paused();
    return result;
  };
  const standIns = [aws(account), kubernetes(program), github()];
  const servers = await Promise.all(
    standIns.map(async (standIn) => {
      const { port } = await ProviderServer.start(standIn, new World(world), turn);
      return `${standIn.name}:${port}`;
    }),
  );
  console.log(servers.join(","));
}

async function paused(): Promise<void> {
  console.log("paused");
  await once(process.stdin, "data");
}

process.stdin.resume().on("end", () => process.exit(0));
void main(JSON.parse(process.argv[2] ?? "") as ServeOptions);
