import { isError, outsideError } from "../core/error";
import type { Service } from "../core/list/service";
import type { StackPlan } from "../core/stack/plan";
import { eachOf } from "./each-of";
import type { Reporter } from "./reporter";

/** One service of one stack. */
export interface Asked {
  readonly plan: StackPlan;
  readonly service: Service;
}

/** After so many failures no further service is asked about: GitHub, or a registry, is down. */
const MOST_FAILURES = 20;

/**
 * Asks about services, a few at a time. Returns the answers in the order of the services.
 * @throws ReleasesError of kind `outside` that names each service which couldn't be asked about; the reasons are told
 */
export async function askAll<One extends Asked, Answer>(
  all: readonly One[],
  report: Reporter,
  ask: (one: One) => Promise<Answer>,
): Promise<Answer[]> {
  const failures = new Map<One, string>();
  let left = 0;
  const answers = await eachOf(all, "asking about services", report, async (one) => {
    if (failures.size >= MOST_FAILURES) {
      left++;
      return [];
    }
    try {
      return [await ask(one)];
    } catch (cause) {
      if (!isError(cause, "outside")) throw cause;
      failures.set(one, cause.message);
      return [];
    }
  });
  if (failures.size === 0) return answers.flatMap((one) => one);
  const failed = all.filter((one) => failures.has(one));
  for (const one of failed) {
    const { stack } = one.plan.config;
    const reason = failures.get(one) ?? "";
    report.notice({ kind: "not-asked", stack, service: one.service.name, reason });
  }
  const names = failed.map(({ service, plan }) => `${service.name} in ${plan.config.stack}`);
  const more = left === 0 ? [] : [`${left} more`];
  const those = [...names, ...more].join(", ");
  throw outsideError(`nothing was done, as nobody could tell what these follow: ${those}`);
}
