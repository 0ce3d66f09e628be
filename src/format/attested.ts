import type { AttestResult } from "../app/promotion/attest";

/** Returns what was attested to, a line each, and what not. */
export function formatAttested({ attested, left }: AttestResult): string[] {
  return [
    ...attested.map(({ name, attached }) => {
      return `${name}: ${attached.length === 0 ? "attested to before" : `attached ${attached.join(", ")}`}`;
    }),
    ...left.map((problem) => `nothing is attested to: ${problem}`),
  ];
}
