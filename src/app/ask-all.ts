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

/** Failures that are told by service; what isn't asked after them is told as a number. */
const MOST_FAILURES = 20;

/**
 * Asks about services, a few at a time. Returns the answers in the order of the services.
 * @throws ReleasesError of kind `outside` that names each service which couldn't be asked about
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
      failures.set(one, `${one.service.name} in ${one.plan.config.stack}: ${cause.message}`);
      return [];
    }
  });
  if (failures.size === 0) return answers.flatMap((one) => one);
  const more = left === 0 ? [] : [`${left} more weren't asked about`];
  const told = all.flatMap((one) => failures.get(one) ?? []);
  throw outsideError([FAILED, ...told, ...more].join("\n"));
}

const FAILED = "not every service could be asked about, so nothing was done:";
