import { isDeepStrictEqual } from "node:util";
import { editStackConfig, type ConfigEdit, type EditValue } from "../stack/config-editor";
import type { Artifact } from "./artifacts";
import { commitMessage, type MessageLine, type MessageTitle } from "./commit-message";
import type { GateResult, Intent } from "./gate";
import { evaluateGates } from "./gates";
import { moveOf, type Move } from "./moves";
import { tagName } from "../tag-pattern";
import { gateInput, runAt, type Running } from "./gate-input";
import { pinnedChart, type Service } from "../list/service";
import type { Deployment, StackConfig, StackPlan } from "../stack/plan";
import { configPath } from "../stack/config-path";
import { configKey } from "../stack/schema";
import { chartText } from "../part-texts";
import {
  Commit,
  formatChartPin,
  formatPin,
  Tag,
  type ChartPin,
  type Pin,
  type Version,
} from "../version";

/** One name of a stack config that changes, or one value of a definition. */
export interface Edit {
  /** Absent where it is one of the list. */
  readonly stack?: string;
  readonly file: string;
  /** As `pulumi config set --path` takes it; of the list the service, and its key. */
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A change of stack configs, as a person reviews it before it is written. */
export interface Proposal {
  readonly moves: readonly Move[];
  readonly gates: readonly GateResult[];
  readonly edits: readonly Edit[];
  /** Images that a promotion tags or copies; the commands that only edit have none. */
  readonly artifacts: readonly Artifact[];
  /** The proposed commit message. */
  readonly message: string;
}

/** What a change does to one stack, and what the commit message says of it. */
export interface ProposedChange extends Omit<Proposal, "message"> {
  readonly lines: readonly MessageLine[];
}

/** What a change does to one stack, and the text of its file when it is accepted. */
export interface ProposedText extends ProposedChange {
  readonly text: string;
}

/** Returns one proposal of what a change does to several stacks. A move that moves nothing is left out. */
export function proposalOf(title: MessageTitle, changes: readonly ProposedChange[]): Proposal {
  const moving = changes.filter(({ moves }) => moves.length === 0 || moves.some(isMoving));
  const told = moving.length === 0 ? changes : moving;
  const artifacts = changes.flatMap((change) => change.artifacts);
  return {
    moves: told.flatMap(({ moves }) => moves),
    gates: changes.flatMap(({ gates }) => gates),
    edits: changes.flatMap(({ edits }) => edits),
    // Stacks may share a registry.
    artifacts: [...new Map(artifacts.map((artifact) => [artifact.target, artifact])).values()],
    message: commitMessage(
      title,
      told.flatMap(({ lines }) => lines),
    ),
  };
}

function isMoving({ from, to, fromDigest, toDigest, chart }: Move): boolean {
  return from !== to || fromDigest !== toDigest || chart !== undefined;
}

/** A stack config's file as it is, and what it means. */
export interface StackText {
  readonly file: string;
  readonly text: string;
  readonly plan: StackPlan;
}

/**
 * Returns the proposal to pin a service of a stack. A hold refuses it, and so does what lint would.
 * @param now decides whether a hold has ended by itself
 */
export function proposeBump(stack: StackText, service: Service, pin: Pin, now: Date): ProposedText {
  const { name } = service;
  return {
    ...moveTo(stack, service, pin, "bump", now),
    ...editsOf(stack, [{ key: "versions", name, value: formatPin(pin) }]),
    artifacts: [],
  };
}

/** Returns what it means that the list has another release of a service, for the stacks that take it from there. */
export function proposeRelease(
  plans: readonly StackPlan[],
  service: Service,
  pin: Pin,
  now: Date,
): ProposedChange[] {
  return plans.map((plan) => ({
    ...moveTo({ plan }, service, pin, "bump", now),
    edits: [],
    artifacts: [],
  }));
}

/** Returns the proposal to pin the chart of a deployment. A hold and a freeze refuse it. */
export function proposeChart(
  stack: StackText,
  { service, chart, ...pin }: Deployment,
  wanted: ChartPin,
  now: Date,
): ProposedText {
  const { name } = service;
  const after = chart && pinnedChart(chart, wanted);
  const [from, to] = [chartText(chart), chartText(after ?? wanted)];
  const running = runAt(stack.plan, [{ service, pin, ...(after && { chart: after }) }]);
  const { gates, moves } = moveTo(stack, service, pin, "bump", now, running);
  return {
    moves: from === to ? [] : moves.map((move) => ({ ...move, chart: { from, to } })),
    gates: from === to ? [] : gates,
    ...editsOf(stack, [{ key: "charts", name, value: formatChartPin(wanted) }]),
    artifacts: [],
    lines: [lineOf(stack, name, `chart ${from} -> ${to}`)],
  };
}

/**
 * Returns the proposal to pin several services of a stack at once. Each is judged as if all of them had moved.
 * @param now decides about holds and freezes
 */
export function proposePins(
  stack: StackText,
  pins: readonly ServicePin[],
  now: Date,
): ProposedText {
  const running = runAt(stack.plan, pins);
  const moved = pins.map(({ service, pin }) => moveTo(stack, service, pin, "bump", now, running));
  const edits = pins.map(({ service: { name }, pin }): ConfigEdit => {
    return { key: "versions", name, value: formatPin(pin) };
  });
  return {
    moves: moved.flatMap(({ moves }) => moves),
    gates: moved.flatMap(({ gates }) => gates),
    lines: moved.flatMap(({ lines }) => lines),
    ...editsOf(stack, edits),
    artifacts: [],
  };
}

/** A service, and what it is pinned to. */
export interface ServicePin {
  readonly service: Service;
  readonly pin: Pin;
}

/**
 * Returns what it means that a service of a stack moves to a pin: the move, and what gates say of it.
 * @param running all that the stack runs then. Default: the service at its pin, and the others as they are
 */
function moveTo(
  { plan }: Pick<StackText, "plan">,
  service: Service,
  pin: Pin,
  intent: Intent,
  now: Date,
  running: Running = runAt(plan, [{ service, pin }]),
): Pick<ProposedChange, "moves" | "gates" | "lines"> {
  const { config } = plan;
  const { name } = service;
  const current = plan.deployments.find((deployment) => deployment.service.name === name);
  const move = moveOf(config.stack, name, current ?? {}, pin);
  const candidate = { intent, service, pin, ...(current && { current }) };
  const [link] = comparison(config, service, current?.version, pin.version);
  const line = lineOf({ plan }, name, `${move.from ?? "nothing"} -> ${move.to}`);
  return {
    moves: [move],
    gates: evaluateGates(candidate, gateInput(running, now)),
    lines: [{ ...line, ...(link !== undefined && { link }) }],
  };
}

function lineOf({ plan }: Pick<StackText, "plan">, service: string, change = ""): MessageLine {
  return { stack: plan.config.stack, service, change: `${service} ${change}`.trimEnd() };
}

/** Returns the proposal to hold services: from here on nothing but their pins moves them. */
export function proposeHold(
  stack: StackText,
  running: readonly Deployment[],
  hold: Exclude<EditValue, string>,
): ProposedText {
  const edits = running.flatMap(({ service: { name }, version, digest }): ConfigEdit[] => [
    { key: "holds", name, value: hold },
    // A hold keeps a pin; what the definition says today would move with the definition.
    {
      key: "versions",
      name,
      value: formatPin({ version, ...(digest !== undefined && { digest }) }),
    },
  ]);
  return {
    moves: [],
    gates: [],
    ...editsOf(stack, edits),
    artifacts: [],
    lines: running.map(({ service, version }) => lineOf(stack, service.name, `at ${version.text}`)),
  };
}

/** Returns the proposal to lift holds. The pins stay where they are. */
export function proposeUnhold(stack: StackText, names: readonly string[]): ProposedText {
  return {
    moves: [],
    gates: [],
    ...editsOf(
      stack,
      names.map((name) => ({ key: "holds", name, value: undefined })),
    ),
    artifacts: [],
    lines: names.map((name) => lineOf(stack, name)),
  };
}

/**
 * Returns the proposal to go back to a version, and to stay there: with a hold, whose reason is the
 * rollback's. It passes freezes and holds; what lint would refuse, it doesn't.
 */
export function proposeRollback(
  stack: StackText,
  service: Service,
  pin: Pin,
  hold: Exclude<EditValue, string>,
  now: Date,
): ProposedText {
  const { name } = service;
  return {
    ...moveTo(stack, service, pin, "rollback", now),
    ...editsOf(stack, [
      { key: "versions", name, value: formatPin(pin) },
      { key: "holds", name, value: hold },
    ]),
    artifacts: [],
  };
}

/** Returns what edits change in a stack's file, and its text after them. */
export function editsOf(
  { file, text, plan }: StackText,
  edits: readonly ConfigEdit[],
): { edits: Edit[]; text: string } {
  const changed = edits.filter(({ key, name, value }) => {
    return !isDeepStrictEqual(writtenAs(plan.config[key].get(name)), value);
  });
  return {
    edits: changed.map(({ key, name, value }) => {
      const [from, to] = [writtenAs(plan.config[key].get(name)), value].map(oneLine);
      const path = configPath([configKey(key), name]);
      const { stack } = plan.config;
      return { stack, file, path, from: from ?? null, to: to ?? null };
    }),
    text: editStackConfig({ file, text }, changed),
  };
}

type Entry = ReturnType<StackConfig["versions" | "charts" | "holds"]["get"]>;

/** Returns what stands in a stack config as it is written there. */
function writtenAs(entry: Entry): EditValue | undefined {
  if (entry === undefined) return undefined;
  if ("reason" in entry) {
    const { reason, until } = entry;
    return until === undefined ? { reason } : { reason, until };
  }
  const { version, digest } = entry;
  const text = typeof version === "string" ? version : version.text;
  return digest === undefined ? text : `${text}@${digest}`;
}

function oneLine(value: EditValue | undefined): string | undefined {
  return typeof value === "object" ? value.reason : value;
}

/** Returns the link to what lies between two versions on GitHub, where both are tags of it. */
export function comparison(
  { githubOwner }: StackConfig,
  { githubSource, tags }: Service,
  from: Pin["version"] | undefined,
  to: Pin["version"],
): string[] {
  if (githubOwner === undefined || from === undefined || from.text === to.text) return [];
  // An image's own tag is none of the repository's.
  if (from instanceof Tag || to instanceof Tag) return [];
  const tag = (version: Version | Commit): string =>
    version instanceof Commit ? version.text : tagName(tags.github, version.text);
  return [`https://github.com/${githubOwner}/${githubSource}/compare/${tag(from)}...${tag(to)}`];
}
