import type { ExitCode, Io, Options } from "./command";
export function plan(_stacks: string[], _options: Options, _io: Io): ExitCode {
  return 0;
}
