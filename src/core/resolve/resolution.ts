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

/** Returns the finding of a refusal; one that ends by itself is pending. */
function findingOf(refusal: GateResult): ResolveFinding {
  const { stack, service, gate, passesAt } = refusal;
  const message = `${gate} refuses it: ${reasonOf(refusal)}`;
  // Whoever holds a service knows that it stays.
  const isExpected = gate === "hold" || passesAt !== null;
  return { stack, service, ...(isExpected ? pending : found)("refused", message) };
}
