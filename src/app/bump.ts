import { proposeBump } from "../core/promotion/proposal";
import { editStack, type EditResult } from "./edit-stack";
import { pinNamed, serviceNamed, stackFor } from "./named";
import type { World } from "./world";

/** A service of a stack, and the version to pin it to. */
export interface BumpRequest {
  readonly service: string;
  /** `v1.2.3`, or with its digest. */
  readonly version: string;
  readonly stack: string | undefined;
  readonly dryRun: boolean;
}

/** Pins a service of a stack to a version. A hold refuses it, and so does a new error of lint. */
export async function bump(world: World, request: BumpRequest): Promise<EditResult> {
  const { service, version, stack, dryRun } = request;
  const pin = pinNamed(version);
  return editStack(world, stackFor(world, stack, service), dryRun, (text) =>
    proposeBump(text, serviceNamed(text.plan, service), pin, world.now()),
  );
}
