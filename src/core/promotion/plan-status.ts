import type { GateResult } from "./gate";

/** What a commit status says of the plan of an environment. */
export interface PlanStatus {
  /** `pending`: nothing but time is missing. */
  readonly state: "success" | "pending" | "failure";
  /** In one line. */
  readonly description: string;
}

/** A refusal of a gate, as far as it says when it ends. */
type Refused = Pick<GateResult, "gate" | "service" | "passesAt">;

/** Returns the context of the commit status of an environment's plan. */
export function planContext(environment: string): string {
  return `releases/${environment}`;
}

/**
 * Returns what is said of an environment's plan: it waits where each refusal passes by itself.
 * @param refused by gates
 * @param others refusals besides those of gates, a line each
 */
export function planStatusOf(refused: readonly Refused[], others: readonly string[]): PlanStatus {
  const [other] = others;
  const lasting = refused.find(({ passesAt }) => passesAt === null);
  if (lasting !== undefined) {
    return { state: "failure", description: `${lasting.gate} refuses ${lasting.service}` };
  }
  if (other !== undefined) return { state: "failure", description: other };
  if (refused.length === 0) return { state: "success", description: "no gate refuses the plan" };
  const gates = [...new Set(refused.map(({ gate }) => gate))].sort().join(", ");
  const until = Math.max(...refused.map(({ passesAt }) => Date.parse(passesAt ?? "")));
  return {
    state: "pending",
    description: `${WAITS}${gates} until ${new Date(until).toISOString()}`,
  };
}

const WAITS = "waits for ";

/** Returns when an environment waits no more, by its status; undefined where it doesn't wait for a time. */
export function waitsUntil({ state, description }: PlanStatus): Date | undefined {
  const [, time = ""] = /^waits for [a-z, -]+ until (\S+)$/.exec(description) ?? [];
  const until = Date.parse(time);
  return state !== "pending" || Number.isNaN(until) ? undefined : new Date(until);
}

/** Returns what is said once a deployment was started again. */
export function startedAgain(at: Date): PlanStatus {
  return { state: "pending", description: `was started again at ${at.toISOString()}` };
}
