import { beginUninstall, isPending, revisionsOf, rollBack } from "../../tools/sandbox/helm";
import type { Run } from "../../tools/sandbox/project";
import { Refusal } from "../../tools/sandbox/stand-in";
import type { World } from "../../tools/sandbox/world";

/** Runs one of the commands of Helm's own CLI that docs/operations.md has, on the sandbox's clusters. */
export function helm(world: World, [command = "", ...args]: readonly string[]): Run {
  const [name = "", revision] = args.filter((arg, index) => {
    return !arg.startsWith("--") && !(args[index - 1] ?? "").startsWith("--");
  });
  const option = (key: string): string => args[args.indexOf(`--${key}`) + 1] ?? "";
  const context = option("kube-context");
  if (context === "") throw new Error(`helm ${command} is of the current context`);
  const key = `${context} helm ${option("namespace")}/${name}`;
  try {
    return {
      code: 0,
      stdout: `${output(world, { command, args, context, key, revision })}\n`,
      stderr: "",
    };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return { code: 1, stdout: "", stderr: `Error: ${cause.message}\n` };
  }
}

interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly context: string;
  readonly key: string;
  readonly revision: string | undefined;
}

function output(world: World, { command, args, context, key, revision }: Call): string {
  switch (command) {
    case "list":
      if (!args.includes("--all-namespaces") || !args.includes("--pending")) {
        throw new Error(`helm list ${args.join(" ")}`);
      }
      return ["NAME NAMESPACE REVISION STATUS", ...pending(world, context)].join("\n");
    case "history": {
      const revisions = revisionsOf(world.get(key));
      if (revisions.length === 0) throw new Refusal("release: not found");
      const rows = revisions.map(({ number, status }) => `${number} ${status}`);
      return ["REVISION STATUS", ...rows].join("\n");
    }
    case "rollback":
      rollBack(world, key, revision === undefined ? undefined : Number(revision));
      return "Rollback was a success! Happy Helming!";
    case "uninstall":
      beginUninstall(world, key);
      world.remove(key);
      return `release "${key}" uninstalled`;
    default:
      throw new Error(`helm ${command}`);
  }
}

function pending(world: World, context: string): string[] {
  return world
    .keys()
    .filter((key) => key.startsWith(`${context} helm `))
    .flatMap((key) => {
      const last = revisionsOf(world.get(key)).at(-1);
      if (last === undefined || !isPending(last)) return [];
      const [namespace = "", name = ""] = key.replace(`${context} helm `, "").split("/");
      return `${name} ${namespace} ${last.number} ${last.status}`;
    });
}
