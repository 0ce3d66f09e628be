import { proposeBump } from "../core/promotion/proposal";
import { parsePin } from "../core/version";
import { UsageError, type ExitCode, type Io, type Options } from "./command";
import { editStack, serviceOf } from "../app/edit-stack";

/** Pins a service of a stack to a version. A hold refuses it. */
export async function bump(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const [name, version, ...rest] = args;
  if (name === undefined || version === undefined || rest.length > 0) {
    throw new UsageError(
      "bump takes a service and a version: releases bump inventory v1.2.4 --stack testing",
    );
  }
  const pin = parsePin(version);
  if (typeof pin === "string") {
    throw new UsageError(
      `"${version}" is no pin; give v1.2.3, v1.2.3@sha256:<64 hex digits> or <commit>@sha256:<64 hex digits>`,
    );
  }
  return editStack(options, io, (stack) =>
    proposeBump(stack, serviceOf(stack.plan, name), pin, new Date()),
  );
}
