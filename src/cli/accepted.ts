import type { Upgrade } from "../app/init";
import { formatUpgrade, formatUpgradeSummary } from "../format/upgrade";
import type { Io } from "./io";

/** Shows what an upgrade changes. Returns whether it is to be written. */
export async function accepted(
  { out, err, ask }: Io,
  found: Upgrade,
  { yes }: { readonly yes?: true },
): Promise<boolean> {
  for (const line of formatUpgrade(found)) out(line);
  for (const line of found.advice) err(line);
  err(formatUpgradeSummary(found));
  const writes = found.changes.some(({ edited }) => edited === undefined);
  if (!writes || yes === true) return true;
  if (ask !== undefined) return /^y/i.test(await ask("Write them", "yes"));
  err("--yes writes them");
  return false;
}
