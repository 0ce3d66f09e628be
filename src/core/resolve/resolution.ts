import { isDeepStrictEqual } from "node:util";
import { configPath } from "../stack/config-path";
import { editPreviews } from "../stack/preview-editor";
import type { OpenPreview } from "../stack/plan";
import { configKey } from "../stack/schema";
import type { GateResult } from "../promotion/gate";
import { reasonOf, refusals } from "../promotion/gates";
import {
  proposePins,
  type ProposedText,
  type ServicePin,
  type StackText,
} from "../promotion/proposal";
import { found, pending, type ResolveFinding } from "./finding";

/** What a stack gets, and what stops the rest of its services. */
export interface Resolution {
  readonly proposed: ProposedText;
  readonly findings: readonly ResolveFinding[];
}

/**
 * Returns the proposal to pin services of a stack to what they follow. A service that a gate refuses stays, and with
 * it what requires it; the others move. A freeze refuses all of them.
 */
export function resolutionOf(stack: StackText, pins: readonly ServicePin[], now: Date): Resolution {
  const findings: ResolveFinding[] = [];
  let moving = pins;
  for (;;) {
    const proposed = proposePins(stack, moving, now);
    const refused = new Map(
      refusals(proposed.gates)
        .filter(({ gate }) => gate !== "freeze")
        .map((refusal) => [refusal.service, refusal]),
    );
    if (refused.size === 0) return { proposed, findings };
    findings.push(...[...refused.values()].map(findingOf));
    moving = moving.filter(({ service }) => !refused.has(service.name));
  }
}

/**
 * Returns a proposal that also changes the copies for pull requests. No message has the name of a branch: that of a fork
 * is anybody's text.
 */
export function withPreviews(
  { file, plan }: StackText,
  proposed: ProposedText,
  open: readonly OpenPreview[],
): ProposedText {
  const { stack, previews } = plan.config;
  const before = new Map((previews?.open ?? []).map((copy) => [keyOf(copy), copy]));
  const after = new Map(open.map((copy) => [keyOf(copy), copy]));
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = keys.filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)));
  if (changed.length === 0) return proposed;
  const path = configPath([configKey("previews"), "open"]);
  const edits = changed.map((key) => {
    const [from, to] = [before.get(key), after.get(key)].map((copy) => {
      return copy === undefined ? null : `${copy.service} ${copy.pullRequest} ${copy.commit}`;
    });
    return { stack, file, path, from: from ?? null, to: to ?? null };
  });
  const lines = changed.flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const copy = is ?? was;
    if (copy === undefined) return [];
    const what = is === undefined ? "ends" : `at ${is.commit}`;
    const change = `${copy.service} preview of pull request ${copy.pullRequest} ${what}`;
    return [{ stack, service: copy.service, change }];
  });
  return {
    ...proposed,
    edits: [...proposed.edits, ...edits],
    lines: [...proposed.lines, ...lines],
    text: editPreviews({ file, text: proposed.text }, open),
  };
}

function keyOf({ service, branch }: OpenPreview): string {
  return `${service} ${branch}`;
}

/** Returns the finding of a refusal; one that ends by itself is pending. */
function findingOf(refusal: GateResult): ResolveFinding {
  const { stack, service, gate, passesAt } = refusal;
  const message = `${gate} refuses it: ${reasonOf(refusal)}`;
  // Whoever holds a service knows that it stays.
  const isExpected = gate === "hold" || passesAt !== null;
  return { stack, service, ...(isExpected ? pending : found)("refused", message) };
}
