import type { Artifact, ImageEvidence } from "./artifacts";
import type { Checks, Upstream } from "./gate";
import { evaluateGates } from "./gates";
import { moveOfDifference, movesPin, type Difference, type Move } from "./moves";
import {
  comparison,
  editsOf,
  type ProposedChange,
  type ProposedText,
  type StackText,
} from "./proposal";
import type { MessageLine } from "./commit-message";
import { gateInput, runAt } from "./gate-input";
import type { StackPlan } from "../stack/plan";
import type { ConfigEdit } from "../stack/config-editor";
import type { Verification } from "../verify/verification";
import { formatChartPin, formatPin, type Pin } from "../version";

/** The services of one stack that are promoted, all or none. */
export interface Promotion {
  /** In the order in which they are deployed. */
  readonly services: readonly Promoted[];
  readonly now: Date;
  readonly breakGlass?: string;
}

/** One service of a promotion, and what is known about it. */
export interface Promoted extends Difference {
  /** Each environment that the target takes versions from, of which each stack. */
  readonly upstreams: readonly Upstream[];
  /** Whether it ran in the target before, and was replaced there. */
  readonly wasReplaced: boolean;
  /** The pin that it goes back to, where a new hold comes with the move; absent for any other. */
  readonly ran?: Pin;
  /** Whether its pin may go, where the list has the same version. */
  readonly followsList: boolean;
  /** What GitHub says of the commits that were deployed upstream; absent where it wasn't asked. */
  readonly checks?: Checks;
  /** Absent where registries weren't asked. */
  readonly images?: readonly ImageEvidence[];
  /** Absent where GitHub wasn't asked. */
  readonly released?: boolean;
  /** Files that its release on GitHub should have, and hasn't; absent where none is missing. */
  readonly lacks?: readonly string[];
  /** Why its chart isn't to be had as it is pinned; absent where it is, and where nobody asked. */
  readonly chartProblem?: string;
  /** What signatures prove; absent where nobody looked for any. */
  readonly verification?: Verification;
}

/** Returns the proposal to promote services by their pins in a stack config. */
export function proposePromotion(stack: StackText, promotion: Promotion): ProposedText {
  const pins = promotion.services.flatMap((promoted): ConfigEdit[] => {
    const { service, chart } = promoted;
    const { name } = service;
    return [
      ...(movesPin(promoted)
        ? [{ key: "versions" as const, name, value: pinText(stack, promoted) }]
        : []),
      ...(chart === undefined
        ? []
        : [{ key: "charts" as const, name, value: formatChartPin(chart) }]),
    ];
  });
  return { ...promotionOf(stack.plan, promotion), ...editsOf(stack, pins) };
}

/** Returns the pin that a promotion writes; none where the list says the same. */
function pinText({ plan }: StackText, promoted: Promoted): string | undefined {
  const { service, pin, followsList } = promoted;
  const deploy = plan.list.find(({ name }) => name === service.name)?.deploy;
  const isInList = deploy?.strategy === "release" && deploy.version.text === pin.version.text;
  return followsList && isInList ? undefined : formatPin(pinOf(promoted));
}

/** Returns a promotion without any edit, as where a merge or a tag makes it. */
export function promotionOf(plan: StackPlan, promotion: Promotion): ProposedChange {
  const { services, now, breakGlass } = promotion;
  const moved = services.map((promoted) => ({ ...promoted, pin: pinOf(promoted) }));
  const input = gateInput(runAt(plan, moved), now);
  const gates = services.flatMap((promoted) => {
    return evaluateGates(
      {
        ...promoted,
        intent: promoted.ran === undefined ? "promotion" : "rollback",
        pin: pinOf(promoted),
        ...(breakGlass !== undefined && { breakGlass: { reason: breakGlass } }),
      },
      input,
    );
  });
  return {
    moves: services.map((promoted) => moveFor(promoted)),
    gates,
    edits: [],
    artifacts: services.flatMap(({ images = [] }) => images.flatMap(artifactsOf)),
    lines: services.map((promoted) => lineOf(plan, promoted)),
  };
}

function artifactsOf(image: ImageEvidence): Artifact[] {
  return "problem" in image ? [] : [image];
}

/** Returns what a service would run: with the digest that registries know where no pin has one. */
function pinOf({ pin, images = [] }: Promoted): Pin {
  const [digest] = images.flatMap(artifactsOf).map(({ digest }) => digest);
  return pin.digest !== undefined || digest === undefined ? pin : { ...pin, digest };
}

function moveFor(promoted: Promoted): Move {
  return moveOfDifference(promoted, pinOf(promoted));
}

function lineOf({ config }: StackPlan, promoted: Promoted): MessageLine {
  const { stack, name, from: before, to, chart } = moveFor(promoted);
  const { service, current, upstream } = promoted;
  const [link] = comparison(config, service, current?.version, upstream.version);
  const version = movesPin(promoted) ? [`${before ?? "nothing"} -> ${to}`] : [];
  const ofChart = chart === undefined ? [] : [`chart ${chart.from} -> ${chart.to}`];
  const change = `${name} ${[...version, ...ofChart].join(", ")}`;
  return { stack, service: name, change, ...(link !== undefined && { link }) };
}
