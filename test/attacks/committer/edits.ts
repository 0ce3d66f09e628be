import type { Dice } from "../../support/random-history";
import {
  digestOf,
  environmentOf,
  runsOf,
  timeText,
  type Environment,
  type Stack,
  type Tree,
} from "./tree";

const HOUR = 3_600_000;
const NAMES = ["orders", "catalog", "mailer", "search"];
const CHARTS = ["oci://ghcr.io/acme/charts/shop", "oci://ghcr.io/mallory/charts/shop"];

/** What a committer works with. */
export interface Hand {
  readonly tree: Tree;
  readonly dice: Dice;
  readonly now: number;
  /** What stands at the other refs. */
  readonly others: readonly Tree[];
}

/** Returns the repository that a sequence begins with. */
export function firstTree(dice: Dice, refs: readonly (string | undefined)[]): Tree {
  const [testing, staging, production] = refs;
  const inList = dice.once(3);
  const digests = !inList && dice.once(2);
  const names = NAMES.slice(0, 2 + dice.below(2));
  const pins = Object.fromEntries(names.map((name) => [name, pinText("v1.0.0", digests)]));
  const stack = (cluster: string): Stack => ({
    cluster,
    pins: inList ? {} : { ...pins },
    charts: {},
    holds: {},
    host: "ghcr.io/acme",
    form: "file",
    comment: false,
  });
  const environment = (more: Partial<Environment>): Environment => ({
    from: [],
    accepts: ["release"],
    digest: false,
    enters: [],
    ...more,
  });
  const at = (ref: string | undefined): { ref?: string } => (ref === undefined ? {} : { ref });
  const soak = (): { soak?: number } => (dice.once(4) ? {} : { soak: dice.one([1, 12, 24, 72]) });
  const accepts = ["release", "prerelease"];
  return {
    services: names.map((name) => ({
      name,
      docker: name,
      ...(dice.once(2) && { chart: { name: CHARTS[0] ?? "", version: "1.0.0" } }),
      release: "v1.0.0",
      replicas: 1,
    })),
    stacks: {
      testing: stack("testing"),
      staging: stack("staging"),
      production: stack("production"),
    },
    path: {
      environments: {
        testing: environment({ accepts, ...at(testing) }),
        staging: environment({ from: ["testing"], accepts, ...soak(), ...at(staging) }),
        production: environment({
          from: ["staging"],
          digest: digests && dice.once(2),
          ...soak(),
          ...at(production),
        }),
      },
      rejected: [],
      broken: false,
    },
    chartFiles: 1,
  };
}

function pinText(version: string, withDigest: boolean, variant = 0): string {
  return withDigest ? `${version}@${digestOf(version, variant)}` : version;
}

const UPSTREAM: Readonly<Record<string, string>> = { staging: "testing", production: "staging" };

/** Edits a tree once, as somebody honest would, or as nobody should. */
export function edit(hand: Hand): void {
  const { dice } = hand;
  const edits = [HONEST, EDITS, ATTACKS];
  dice.one(dice.one(edits))(hand);
}

type Edit = (hand: Hand) => void;

function stackOf({ tree, dice }: Hand): [string, Stack] {
  return dice.one(Object.entries(tree.stacks));
}

function version(dice: Dice): string {
  return `v1.${dice.below(3)}.${dice.below(3)}${dice.once(4) ? `-rc.${1 + dice.below(2)}` : ""}`;
}

/** Pins what runs upstream in a stack: by the pin, or in the list. */
const promote: Edit = ({ tree, dice, others }) => {
  const target = dice.one(["staging", "production"]);
  const [stack, from] = [tree.stacks[target], UPSTREAM[target] ?? ""];
  const source = dice.one([tree, ...others]);
  const runs = [...runsOf(source, from)];
  if (stack === undefined || runs.length === 0) return;
  const [name, run] = dice.one(runs);
  const final = target === "production" ? run.version.replace(/-.*/, "") : run.version;
  stack.pins[name] = run.digest === undefined ? final : `${final}@${run.digest}`;
};

const bump: Edit = ({ tree, dice }) => {
  const [stack, service] = [tree.stacks["testing"], dice.one(tree.services)];
  if (stack !== undefined) stack.pins[service.name] = pinText(version(dice), dice.once(2));
};

const values: Edit = ({ tree, dice }) => {
  dice.one(tree.services).replicas += 1 + dice.below(5);
};

const newService: Edit = ({ tree, dice }) => {
  const name = NAMES.find((one) => !tree.services.some((service) => service.name === one));
  if (name === undefined) return;
  tree.services.push({
    name,
    docker: name,
    environments: ["testing"],
    release: version(dice),
    replicas: 1,
  });
};

const wider: Edit = ({ tree, dice }) => {
  const service = dice.one(tree.services);
  const next = ["testing", "staging", "production"][service.environments?.length ?? 3];
  if (service.environments === undefined || next === undefined) return;
  service.environments.push(next);
};

const hold: Edit = (hand) => {
  const [, stack] = stackOf(hand);
  const name = hand.dice.one([...Object.keys(stack.pins), "orders"]);
  const ends = hand.now + (hand.dice.below(100) - 50) * HOUR;
  const until = hand.dice.once(3) ? { until: timeText(ends) } : {};
  stack.holds[name] = { reason: `why ${hand.dice.below(5)}`, ...until };
};

const unhold: Edit = (hand) => {
  const [, stack] = stackOf(hand);
  stack.holds = {};
};

const back: Edit = (hand) => {
  const { dice } = hand;
  const [, stack] = stackOf(hand);
  const name = dice.one([...Object.keys(stack.pins), "orders"]);
  stack.pins[name] = pinText(version(dice), stack.pins[name]?.includes("@") === true);
  stack.holds[name] = { reason: `it failed ${dice.below(1000)}` };
};

const HONEST: readonly Edit[] = [
  promote,
  promote,
  promote,
  bump,
  bump,
  values,
  newService,
  wider,
  unhold,
  hold,
  back,
];

function environmentIn({ tree, dice }: Hand): Environment | undefined {
  const all = Object.values(tree.path?.environments ?? {});
  return all.length === 0 ? undefined : dice.one(all);
}

/** Something that never ran anywhere, and a move back. */
const ATTACKS: readonly Edit[] = [
  ({ tree, dice }) => {
    const stack = tree.stacks[dice.one(["staging", "production"])];
    const { name } = dice.one(tree.services);
    if (stack === undefined) return;
    const isPinned = stack.pins[name]?.includes("@") ?? dice.once(2);
    stack.pins[name] = pinText(version(dice), isPinned, dice.once(4) ? 1 : 0);
  },
  back,
];

const EDITS: readonly Edit[] = [
  hold,
  ({ tree, dice }) => void (dice.one(tree.services).release = version(dice)),
  ({ tree, dice }) => void delete dice.one(tree.services).release,
  ({ tree, dice }) => void (dice.one(tree.services).docker = `other-${dice.below(9)}`),
  ({ tree, dice }) => {
    dice.one(tree.services).chart = { name: dice.one(CHARTS), version: `1.${dice.below(3)}.0` };
  },
  ({ tree, dice }) => {
    const service = dice.one(tree.services);
    delete service.chart;
    delete service.imageValues;
  },
  (hand) => {
    const [name, stack] = stackOf(hand);
    const charted = [...runsOf(hand.tree, name)].filter(([, { chart }]) => !chart.startsWith("./"));
    if (charted.length > 0) stack.charts[hand.dice.one(charted)[0]] = `1.${hand.dice.below(3)}.0`;
  },
  ({ tree, dice }) => {
    const some = [["testing"], ["testing", "production"], ["production"], ["staging"], undefined];
    const [service, environments] = [dice.one(tree.services), some[dice.below(some.length)]];
    if (environments === undefined) delete service.environments;
    else service.environments = environments;
  },
  ({ tree, dice }) => {
    const service = dice.one(tree.services);
    if (service.chart !== undefined) service.imageValues = dice.one(["image", "pinned"]);
  },
  ({ tree, dice }) => {
    const { name } = dice.one(tree.services);
    tree.services = tree.services.filter((one) => one.name !== name || tree.services.length === 1);
    if (dice.once(3)) return;
    for (const stack of Object.values(tree.stacks)) {
      for (const part of [stack.pins, stack.charts, stack.holds]) delete part[name];
    }
  },
  ({ tree, dice }) => {
    const name = dice.one(NAMES);
    if (tree.services.some((one) => one.name === name)) return;
    tree.services.push({
      name,
      docker: dice.one([name, "evil"]),
      release: version(dice),
      replicas: 1,
    });
  },
  (hand) => {
    const one = environmentIn(hand);
    if (one !== undefined && one.from.length > 0) one.soak = hand.dice.one([1, 24, 200]);
  },
  (hand) => void delete environmentIn(hand)?.soak,
  ({ tree, dice }) => {
    const name = dice.one(["staging", "production"]);
    const one = tree.path?.environments[name];
    if (one === undefined) return;
    const all =
      name === "staging"
        ? [[], ["testing"]]
        : [[], ["testing"], ["staging"], ["testing", "staging"]];
    one.from = [...dice.one(all)];
    if (one.from.length === 0) {
      delete one.soak;
      one.enters = [];
    }
  },
  (hand) => {
    const one = environmentIn(hand);
    if (one === undefined) return;
    const from = hand.now + (hand.dice.below(60) - 50) * HOUR;
    one.freeze = { from, until: from + hand.dice.one([10, 60, 200]) * HOUR };
  },
  (hand) => void delete environmentIn(hand)?.freeze,
  (hand) => {
    const one = environmentIn(hand);
    if (one !== undefined)
      one.accepts = [...hand.dice.one([["release"], ["release", "prerelease"]])];
  },
  (hand) => {
    const one = environmentIn(hand);
    if (one !== undefined) one.digest = hand.dice.once(4);
  },
  (hand) => {
    const one = environmentIn(hand);
    if (one !== undefined && one.from.length > 0)
      one.enters = [hand.dice.one(hand.tree.services).name];
  },
  ({ tree, dice }) => {
    const rejected = { service: dice.one(tree.services).name, version: version(dice) };
    if (dice.once(2)) tree.path?.rejected.push(rejected);
    else tree.path?.rejected.splice(0);
  },
  ({ tree, dice }) => {
    if (dice.once(4)) delete tree.path;
  },
  ({ tree, dice }) => {
    if (tree.path !== undefined) tree.path.broken = dice.once(2);
  },
  ({ tree, dice }) => {
    const { path } = tree;
    const production = path?.environments["production"];
    if (path === undefined || production === undefined || !dice.once(3)) return;
    delete path.environments["production"];
    path.environments["live"] = production;
    for (const [name, stack] of Object.entries(tree.stacks)) {
      if (environmentOf(name, stack) === "production") stack.environment = "live";
    }
  },
  (hand) => {
    const [, stack] = stackOf(hand);
    if (hand.dice.once(2)) stack.environment = hand.dice.one(["testing", "staging", "production"]);
    else delete stack.environment;
  },
  ({ tree, dice }) => {
    const stack = tree.stacks["production"];
    if (stack === undefined || !dice.once(3)) return;
    delete tree.stacks["production"];
    tree.stacks["production-eu"] = { ...stack, environment: "production" };
  },
  (hand) => {
    const [name] = stackOf(hand);
    if (hand.dice.once(3) && Object.keys(hand.tree.stacks).length > 1)
      delete hand.tree.stacks[name];
  },
  (hand) => void (stackOf(hand)[1].form = hand.dice.one(["broken", "link", "file", "file"])),
  ({ tree }) => {
    for (const stack of Object.values(tree.stacks)) stack.form = "file";
    if (tree.path !== undefined) tree.path.broken = false;
  },
  (hand) => void (stackOf(hand)[1].comment = hand.dice.once(2)),
  (hand) => void (stackOf(hand)[1].host = hand.dice.one(["ghcr.io/acme", "ghcr.io/mallory"])),
  ({ tree }) => void (tree.chartFiles += 1),
];
