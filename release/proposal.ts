import { editStackConfig, type EditKey, type EditValue } from "./edit";
import { moveOf, type Move } from "./moves";
import { tagName } from "./names";
import type { Deployment, StackConfig } from "./types";
import { Commit, formatPin, type Pin } from "./version";

/** What one gate says of one service. */
export interface GateResult {
  readonly gate: "hold";
  readonly service: string;
  readonly pass: boolean;
  /** Why, and what to do. */
  readonly reason: string;
  /** When it will pass by itself, where time decides. */
  readonly passesAt: string | null;
}

/** One name of a stack config that changes. */
export interface Edit {
  readonly file: string;
  /** As `pulumi config set --path` takes it. */
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A change of a stack config, as a person reviews it before it is written. */
export interface Proposal {
  readonly moves: readonly Move[];
  readonly gates: readonly GateResult[];
  readonly edits: readonly Edit[];
  /** Images that a promotion tags or copies; the commands that only edit have none. */
  readonly artifacts: readonly never[];
  /** The proposed commit message. */
  readonly message: string;
}

/** A proposal, and the text of the file when it is accepted. */
export interface ProposedText extends Proposal {
  readonly text: string;
}

/** A stack config's file as it is, and what it means. */
export interface StackText {
  readonly file: string;
  readonly text: string;
  readonly config: StackConfig;
}

/**
 * Returns the proposal to pin a service of a stack. A hold refuses it, whatever the version.
 * @param now decides whether a hold has ended by itself
 */
export function proposeBump(
  stack: StackText,
  { service, ...before }: Deployment | (Partial<Pin> & Pick<Deployment, "service">),
  pin: Pin,
  now: Date,
): ProposedText {
  const { name } = service;
  const move = moveOf(name, before, pin);
  const { edits, text } = edit(stack, "versions", name, formatPin(pin));
  const changed = `${move.from ?? "nothing"} -> ${move.to}`;
  const message = [
    `bump(${stack.config.stack}): ${name} ${changed}`,
    ...comparison(stack.config, service, before.version, pin.version),
  ].join("\n\n");
  return {
    moves: [move],
    gates: [holdGate(stack.config, name, now)],
    edits,
    artifacts: [],
    message,
    text,
  };
}

/** Returns the proposal to hold a service: from here on nothing but its pin moves it. */
export function proposeHold(
  stack: StackText,
  { service, version, digest }: Deployment,
  hold: Exclude<EditValue, string>,
): ProposedText {
  const { name } = service;
  const pin = formatPin({ version, ...(digest !== undefined && { digest }) });
  const held = edit(stack, "holds", name, hold);
  // A hold keeps a pin; what the definition says today would move with the definition.
  const pinned = edit({ ...stack, text: held.text }, "versions", name, pin);
  return {
    moves: [],
    gates: [],
    edits: [...held.edits, ...pinned.edits],
    artifacts: [],
    message: `hold(${stack.config.stack}): ${name} at ${version.text}\n\n${hold.reason}`,
    text: pinned.text,
  };
}

/** Returns the proposal to lift a hold. The pin stays where it is. */
export function proposeUnhold(stack: StackText, name: string): ProposedText {
  const { edits, text } = edit(stack, "holds", name, undefined);
  const message = `unhold(${stack.config.stack}): ${name}`;
  return { moves: [], gates: [], edits, artifacts: [], message, text };
}

function holdGate({ holds, stack }: StackConfig, service: string, now: Date): GateResult {
  const hold = holds.get(service);
  const pass = (reason: string): GateResult => {
    return { gate: "hold", service, pass: true, reason, passesAt: null };
  };
  if (hold === undefined) return pass("not held");
  if (hold.until !== undefined && Date.parse(hold.until) <= now.getTime()) {
    return pass(`its hold ended at ${hold.until}`);
  }
  const reason = `held: ${hold.reason}; lift it with releases unhold ${service} --stack ${stack}`;
  return { gate: "hold", service, pass: false, reason, passesAt: hold.until ?? null };
}

function edit(
  { file, text, config }: StackText,
  key: EditKey,
  name: string,
  value: EditValue | undefined,
): { edits: Edit[]; text: string } {
  const after = editStackConfig(text, key, name, value);
  if (after === text) return { edits: [], text };
  const before = { versions: config.versions, charts: config.charts, holds: config.holds }[key];
  const old = before.get(name);
  const from = old === undefined ? null : "reason" in old ? old.reason : formatAny(old);
  const to = value === undefined ? null : typeof value === "string" ? value : value.reason;
  return { edits: [{ file, path: `releases:${key}.${name}`, from, to }], text: after };
}

function formatAny(pin: Pin | { version: string; digest?: string }): string {
  if (typeof pin.version !== "string") return formatPin(pin as Pin);
  return pin.digest === undefined ? pin.version : `${pin.version}@${pin.digest}`;
}

/** Returns the link to what lies between two versions on GitHub, where both are tags of it. */
function comparison(
  { githubOwner }: StackConfig,
  { github, tags }: Deployment["service"],
  from: Pin["version"] | undefined,
  to: Pin["version"],
): string[] {
  if (githubOwner === undefined || from === undefined || from.text === to.text) return [];
  const tag = (version: Pin["version"]): string =>
    version instanceof Commit ? version.text : tagName(tags.github, version.text);
  return [`https://github.com/${githubOwner}/${github}/compare/${tag(from)}...${tag(to)}`];
}
