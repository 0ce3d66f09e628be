import type { Artifact, ImageEvidence } from "./artifacts";
import type { Upstream } from "./gate";
import { evaluateGates } from "./gates";
import { moveOfDifference, movesPin, type Difference, type Move } from "./moves";
import { comparison, editsOf, type Proposal, type ProposedText, type StackText } from "./proposal";
import { gateInput, runAt } from "./gate-input";
import type { StackPlan } from "../stack/plan";
import type { ConfigEdit } from "../stack/config-editor";
import { formatChartPin, formatPin, type Pin } from "../version";

/** A set of services that is promoted, whole or not at all. */
export interface Promotion {
  /** The environment that they come from. */
  readonly from: string;
  /** In the order in which they are deployed. */
  readonly services: readonly Promoted[];
  readonly now: Date;
  readonly breakGlass?: string;
}

/** One service of a promotion, and what is known about it. */
export interface Promoted extends Difference {
  /** Each environment that the target takes versions from. */
  readonly upstreams: readonly Upstream[];
  /** Whether it ran in the target before, and was replaced there. */
  readonly wasReplaced: boolean;
  /** Absent where registries weren't asked. */
  readonly images?: readonly ImageEvidence[];
  /** Absent where GitHub wasn't asked. */
  readonly released?: boolean;
  /** Files that its release on GitHub should have, and hasn't; absent where none is missing. */
  readonly lacks?: readonly string[];
}

/** Returns the proposal to promote services by their pins in a stack config. */
export function proposePromotion(stack: StackText, promotion: Promotion): ProposedText {
  const pins = promotion.services.flatMap((promoted): ConfigEdit[] => {
    const { service, chart } = promoted;
    const { name } = service;
    return [
      ...(movesPin(promoted)
        ? [{ key: "versions" as const, name, value: formatPin(pinOf(promoted)) }]
        : []),
      ...(chart === undefined
        ? []
        : [{ key: "charts" as const, name, value: formatChartPin(chart) }]),
    ];
  });
  return { ...promotionOf(stack.plan, promotion), ...editsOf(stack, pins) };
}

/** Returns a promotion without any edit, as where a merge or a tag makes it. */
export function promotionOf(plan: StackPlan, promotion: Promotion): Proposal {
  const { services, now, breakGlass } = promotion;
  const moved = services.map((promoted) => ({ service: promoted.service, pin: pinOf(promoted) }));
  const input = gateInput(runAt(plan, moved), now);
  const gates = services.flatMap((promoted) => {
    return evaluateGates(
      {
        ...promoted,
        intent: "promotion",
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
    message: messageOf(plan, promotion),
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

function messageOf({ config }: StackPlan, { from, services, breakGlass }: Promotion): string {
  const lines = services.map((promoted) => {
    const { name, from: before, to, chart } = moveFor(promoted);
    const [link] = comparison(
      config,
      promoted.service,
      promoted.current?.version,
      promoted.upstream.version,
    );
    const version = movesPin(promoted) ? [`${before ?? "nothing"} -> ${to}`] : [];
    const ofChart = chart === undefined ? [] : [`chart ${chart.from} -> ${chart.to}`];
    return { move: `${name} ${[...version, ...ofChart].join(", ")}`, link };
  });
  const [first] = lines;
  const one = lines.length === 1 && first !== undefined;
  const subject = one ? first.move : `${lines.length} services from ${from}`;
  const body = one
    ? (first.link ?? "")
    : lines
        .map(({ move, link }) => `- ${move}${link === undefined ? "" : `\n  ${link}`}`)
        .join("\n");
  const trailer = breakGlass === undefined ? "" : `Break-glass: ${breakGlass}`;
  return [`promote(${config.environment}): ${subject}`, body, trailer]
    .filter((part) => part !== "")
    .join("\n\n");
}
