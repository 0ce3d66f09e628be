import type { VerifiedService, VerifyResult } from "../app/verify/verify";
import { table, type Cell } from "./table";
import { PLAIN, type Style } from "./style";
import { printable } from "../core/printable";
import { count } from "./text";

/** Returns what was verified as a table, a line for each service of a stack, with why what fails does so below. */
export function formatVerified({ services, recorded }: VerifyResult, style: Style = PLAIN): string {
  const rows = services.map((verified): Cell[] => {
    const { stack, service, version, mode } = verified;
    return [stack, service, version, mode, stateOf(verified)];
  });
  const shown = table(["STACK", "SERVICE", "PIN", "MODE", "VERIFIED"], rows, style);
  const reasons = services.flatMap(({ stack, service, pass, demands, reason }) =>
    pass ? [] : [`${service} in ${stack}: ${reason}`, `  demanded is ${demands}`],
  );
  const written =
    recorded.length === 0 ? [] : [`Recorded ${count(recorded.length, "digest")} in evidence/.`];
  const blocks = [[shown], reasons.map(printable), written].filter((lines) => lines.length > 0);
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

function stateOf({ mode, pass, by }: VerifiedService): Cell {
  if (mode === "off") return "-";
  if (pass) return by === "record" ? "yes, as recorded" : "yes";
  return { text: "no", emphasis: mode === "require" ? "bad" : "warning" };
}
