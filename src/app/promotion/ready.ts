import type { GateResult } from "../../core/promotion/gate";
import { reasonOf, refusals } from "../../core/promotion/gates";
import type { Difference } from "../../core/promotion/moves";
import { promotionOf, type Promotion } from "../../core/promotion/promotion";
import type { StackPlan } from "../../core/stack/plan";
import type { Reporter } from "../reporter";

/** What one stack of a promotion would get. */
interface Part {
  readonly plan: StackPlan;
  readonly promotion: Promotion;
}

/**
 * Returns the moves of services whose gates pass, in each stack that runs them. Of the others it tells why they
 * wait. A service that waits may be what another one requires, which then waits as well.
 * @param promotionFor asks what is known of the moves of one stack
 */
export async function readyAmong(
  moving: readonly Difference[],
  plans: readonly StackPlan[],
  promotionFor: (moving: readonly Difference[], plan: StackPlan) => Promise<Promotion>,
  report: Reporter,
): Promise<readonly Difference[]> {
  const parts: Part[] = [];
  for (const plan of plans) {
    const own = moving.filter(({ stack }) => stack === plan.config.stack);
    parts.push({ plan, promotion: await promotionFor(own, plan) });
  }
  const waiting = new Map<string, GateResult>();
  const isReady = ({ service }: Pick<Difference, "service">): boolean => !waiting.has(service.name);
  for (let before = -1; before < waiting.size;) {
    before = waiting.size;
    for (const { plan, promotion } of parts) {
      const services = promotion.services.filter(isReady);
      for (const refusal of refusals(promotionOf(plan, { ...promotion, services }).gates)) {
        if (!waiting.has(refusal.service)) waiting.set(refusal.service, refusal);
      }
    }
  }
  for (const [service, refusal] of waiting) {
    const reason = `${refusal.gate}: ${reasonOf(refusal)}`;
    report.notice({ kind: "left-out", stack: refusal.stack, service, reason });
  }
  return moving.filter(isReady);
}
