import { compareText } from "../compare-text";

/** What a commit message says of one service of one stack. */
export interface MessageLine {
  readonly stack: string;
  readonly service: string;
  /** In words: `orders v1.0.0 -> v1.1.0`. */
  readonly change: string;
  /** What lies between the two versions, on GitHub. */
  readonly link?: string;
}

/** What a commit message says of all that it is about. */
export interface MessageTitle {
  /** What is done: `promote`, `bump`. */
  readonly verb: string;
  /** The stack, or the environment all of whose stacks change. */
  readonly place: string;
  /** The environment that services come from. */
  readonly from?: string;
  readonly reason?: string;
  /** As git reads trailers: `Break-glass: it burns`. */
  readonly trailer?: string;
}

/** Returns a commit message. What stacks have in common is said once, and where they differ, of which it is. */
export function commitMessage(title: MessageTitle, lines: readonly MessageLine[]): string {
  const { verb, place, reason = "", trailer = "" } = title;
  const changes = changesOf(lines);
  const [first] = changes;
  const only = changes.length < 2 ? first : undefined;
  const body = only === undefined ? listed(changes) : (only.link ?? "");
  const subject = only === undefined ? subjectOf(title, lines) : only.change;
  return [`${verb}(${place}): ${subject}`, reason, body, trailer]
    .filter((part) => part !== "")
    .join("\n\n");
}

type Said = Pick<MessageLine, "change" | "link">;

/** Returns each change once, with its stacks where another stack changes the service in another way. */
function changesOf(lines: readonly MessageLine[]): Said[] {
  const stacks = new Map<string, string[]>();
  const ways = new Map<string, Set<string>>();
  for (const { stack, service, change } of lines) {
    stacks.set(change, [...(stacks.get(change) ?? []), stack]);
    ways.set(service, (ways.get(service) ?? new Set()).add(change));
  }
  const firsts = lines.filter(({ change, stack }) => stacks.get(change)?.[0] === stack);
  return firsts.map(({ service, change, link }) => {
    const isOne = ways.get(service)?.size === 1;
    const own = isOne ? "" : ` (${(stacks.get(change) ?? []).join(", ")})`;
    return { change: change + own, ...(link !== undefined && { link }) };
  });
}

function subjectOf({ from }: MessageTitle, lines: readonly MessageLine[]): string {
  const services = [...new Set(lines.map(({ service }) => service))].sort(compareText);
  if (services.length === 1) return services.join();
  return `${services.length} services${from === undefined ? "" : ` from ${from}`}`;
}

function listed(changes: readonly Said[]): string {
  return changes
    .map(({ change, link }) => `- ${change}${link === undefined ? "" : `\n  ${link}`}`)
    .join("\n");
}
