/**
 * The process of the stand-in providers: prints what the engine's PULUMI_DEBUG_PROVIDERS takes, and runs
 * until its standard input ends. So it never outlives who started it, however that ended.
 * Arguments: the folder of the world, the folder of the program, and maybe an AWS account to act as.
 */
import { aws } from "./aws";
import { github } from "./github";
import { kubernetes } from "./kubernetes";
import { ProviderServer } from "./server";
import { World } from "./world";

async function main([folder = "", program = "", account]: readonly string[]): Promise<void> {
  const world = new World(folder);
  const standIns = [aws(account), kubernetes(program), github()];
  const servers = await Promise.all(
    standIns.map(async (standIn) => {
      const { port } = await ProviderServer.start(standIn, world);
      return `${standIn.name}:${port}`;
    }),
  );
  console.log(servers.join(","));
}

process.stdin.resume().on("end", () => process.exit(0));
void main(process.argv.slice(2));
