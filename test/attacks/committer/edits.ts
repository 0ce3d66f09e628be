import type { Dice } from "../../support/random-history";
import {
  chartPin,
  digestOf,
  environmentOf,
  runsOf,
  stacksOf,
  timeText,
  type Environment,
  type Service,
  type Stack,
  type Tree,
} from "./tree";

const HOUR = 3_600_000;
const NAMES = ["orders", "catalog", "mailer", "search"];
const CHARTS = ["oci://ghcr.io/acme/charts/shop", "oci://ghcr.io/mallory/charts/shop"];

function chartAt(name: string, version: string): NonNullable<Service["chart"]> {
  const [, digest = ""] = chartPin(version).split("@");
  return { name, version, digest };
}

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
    values: {},
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
      ...(dice.once(2) && { chart: chartAt(CHARTS[0] ?? "", "1.0.0") }),
      release: "v1.0.0",
      replicas: 1,
    })),
    stacks: {
      testing: stack("testing"),
      staging: stack("staging"),
      production: stack("production"),
      ...(dice.once(2) && { "testing-us": replicaOf("testing", stack("testing-us")) }),
      ...(dice.once(2) && { "staging-us": replicaOf("staging", stack("staging-us")) }),
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

function replicaOf(environment: string, stack: Stack): Stack {
  return { ...stack, environment };
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

/** Pins what a stack upstream runs in all stacks of an environment, or in one of them. */
const promote: Edit = ({ tree, dice, others }) => {
  const target = dice.one(["staging", "production"]);
  const source = dice.one([tree, ...others]);
  const from = stacksOf(source, UPSTREAM[target] ?? "");
  const runs = from.length === 0 ? [] : [...runsOf(source, dice.one(from))];
  const stacks = stacksOf(tree, target);
  if (stacks.length === 0 || runs.length === 0) return;
  // What one stack upstream runs, and another one doesn't, is what somebody promotes too early.
  const ahead = runs.filter(([name, { version }]) =>
    from.some((stack) => runsOf(source, stack).get(name)?.version !== version),
  );
  const [name, run] = dice.one(ahead.length > 0 && !dice.once(3) ? ahead : runs);
  const final = target === "production" ? run.version.replace(/-.*/, "") : run.version;
  const pin = run.digest === undefined ? final : `${final}@${run.digest}`;
  pinIn(tree, dice.once(4) ? [dice.one(stacks)] : stacks, name, pin);
};

function pinIn(tree: Tree, stacks: readonly string[], service: string, pin: string): void {
  for (const name of stacks) {
    const stack = tree.stacks[name];
    if (stack !== undefined && stack.select?.includes(service) !== false) stack.pins[service] = pin;
  }
}

const bump: Edit = ({ tree, dice }) => {
  const { name } = dice.one(tree.services);
  const stacks = stacksOf(tree, "testing");
  if (stacks.length === 0) return;
  const pin = pinText(version(dice), dice.once(2));
  pinIn(tree, dice.once(2) ? [dice.one(stacks)] : stacks, name, pin);
};

const values: Edit = ({ tree, dice }) => {
  dice.one(tree.services).replicas += 1 + dice.below(5);
};

/** What differs in one stack. */
const stagedValues: Edit = (hand) => {
  const [, stack] = stackOf(hand);
  const { name } = hand.dice.one(hand.tree.services);
  if (hand.dice.once(4)) delete stack.values[name];
  else stack.values[name] = 1 + hand.dice.below(9);
};

/** A region or a cluster more: a stack with all that another one of the environment has. */
const replica: Edit = (hand) => {
  const { tree, dice } = hand;
  const [of, stack] = stackOf(hand);
  const environment = environmentOf(of, stack);
  const name = `${environment}-${dice.one(["ap", "us"])}`;
  if (tree.stacks[name] !== undefined) return;
  tree.stacks[name] = { ...structuredClone(stack), environment, cluster: name, holds: {} };
};

const holdSeveral: Edit = (hand) => {
  const [, stack] = stackOf(hand);
  const reason = `freeze of a team ${hand.dice.below(5)}`;
  for (const name of Object.keys(stack.pins)) {
    if (!hand.dice.once(4)) stack.holds[name] = { reason };
  }
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
  stagedValues,
  stagedValues,
  replica,
  holdSeveral,
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
    dice.one(tree.services).chart = chartAt(dice.one(CHARTS), `1.${dice.below(3)}.0`);
  },
  ({ tree, dice }) => {
    const service = dice.one(tree.services);
    delete service.chart;
    delete service.imageValues;
  },
  (hand) => {
    const [name, stack] = stackOf(hand);
    const charted = [...runsOf(hand.tree, name)].filter(([, { chart }]) => chart.includes(" "));
    if (charted.length > 0)
      stack.charts[hand.dice.one(charted)[0]] = chartPin(`1.${hand.dice.below(3)}.0`);
  },
  (hand) => {
    const [name, stack] = stackOf(hand);
    stack.charts = {};
    if (hand.dice.once(2)) return;
    for (const [service, { chart }] of runsOf(hand.tree, name)) {
      if (chart.includes(" ")) stack.charts[service] = chartPin(`1.${hand.dice.below(3)}.0`);
    }
  },
  stagedValues,
  (hand) => {
    const [name, stack] = stackOf(hand);
    if (hand.dice.once(3)) delete stack.cluster;
    else stack.cluster = `${name}-${hand.dice.below(3)}`;
  },
  (hand) => {
    const [, stack] = stackOf(hand);
    const { tree, dice } = hand;
    const some = tree.services.flatMap(({ name }) => (dice.once(2) ? name : []));
    if (dice.once(3) || some.length === 0) delete stack.select;
    else stack.select = some;
  },
  (hand) => {
    const { tree, dice } = hand;
    const environment = dice.one(["testing", "staging", "production"]);
    const [of, name] = [dice.one(Object.keys(tree.stacks)), `${environment}-${dice.below(2)}`];
    const stack = tree.stacks[of];
    if (stack === undefined) return;
    // As a copy, or under another name.
    tree.stacks[name] = { ...structuredClone(stack), environment, cluster: name };
    if (dice.once(2)) delete tree.stacks[of];
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
      for (const part of [stack.pins, stack.charts, stack.holds, stack.values]) delete part[name];
      const selected = stack.select?.filter((one) => one !== name) ?? [];
      if (selected.length === 0) delete stack.select;
      else stack.select = selected;
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
