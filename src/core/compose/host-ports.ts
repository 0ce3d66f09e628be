import { compareText } from "../compare-text";

/** Above the ports of well-known servers, and below those that Linux and Windows give to clients. */
const FIRST_PORT = 11_000;
const LAST_PORT = 29_999;

/**
 * Returns the port of the host for each name: one that follows from the name alone, unless another name has it.
 * Then the name that comes first in the alphabet keeps it, and the other one takes the next port of its own row.
 * So a new name moves another one only where both want the same port: for the two hundredth, once in a hundred.
 */
export function hostPorts(names: Iterable<string>): Map<string, number> {
  const owners = new Map<number, { name: string; turn: number }>();
  const waiting = [...names].map((name) => ({ name, turn: 0 }));
  // Each takes what no earlier name wants, and who loses a port tries the next: the result has no order of coming.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const port = portOf(next.name, next.turn);
    const owner = owners.get(port);
    if (owner === undefined || compareText(next.name, owner.name) < 0) {
      owners.set(port, next);
      if (owner !== undefined) waiting.push({ ...owner, turn: owner.turn + 1 });
    } else waiting.push({ ...next, turn: next.turn + 1 });
  }
  return new Map(
    [...owners]
      .map(([port, { name }]) => [name, port] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
}

/** Returns the port that a name wants at its turn. After some turns it takes one after the other, so that it ends. */
function portOf(name: string, turn: number): number {
  const count = LAST_PORT - FIRST_PORT + 1;
  const hops = Math.min(turn, MOST_HOPS);
  return FIRST_PORT + ((hashOf(`${hops} ${name}`) + turn - hops) % count);
}

const MOST_HOPS = 8;

/** FNV-1a of 32 bits, whose last bits are mixed once more: a port is the rest of a division. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
