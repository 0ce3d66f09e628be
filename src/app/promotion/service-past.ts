import type { Update } from "../../adapters/pulumi/stack-history";
import type { Change, Part } from "../../core/history/replay";
import type { Ran, Upstream, UpstreamPart } from "../../core/promotion/gate";
import { comesFrom } from "../../core/promotion/upstream-gates";
import type { Service } from "../../core/list/service";
import { NONE, withoutDigest } from "../../core/part-texts";
import { formatPin, mayBeSame, type Pin } from "../../core/version";
import type { EnvironmentState } from "../environment-state";
import type { EnvironmentReader } from "../environments";

/** What of a service moves, and to what. */
export interface Moving {
  readonly service: Service;
  /** Absent where the version stays. */
  readonly pin?: Pin;
  /** The chart in one text; absent where it stays. */
  readonly chart?: string;
  /** Returns the image repository in one text, as a registry at a host has it; absent where it stays. */
  readonly image?: (host: string | undefined) => string;
}

/** What runs of a service in a stack. */
export interface Running {
  readonly pin: Pin;
  /** In one text. */
  readonly chart: string;
  /** In one text. */
  readonly image: string;
  readonly host: string | undefined;
}

/** One service of one stack of an environment. */
interface Where {
  readonly service: string;
  readonly state: EnvironmentState;
  /** Undefined where no stack of the environment runs it. */
  readonly stack: string | undefined;
  /** Whether other stacks of the environment run it as well. */
  readonly hasOthers: boolean;
  /** Undefined where it doesn't run there any more, or never did. */
  readonly now: Running | undefined;
  /** The commit whose line is the past; undefined for the environment's ref. */
  readonly head: string | undefined;
  /** By stack, as far as states were asked; undefined where none was. */
  readonly updates: ReadonlyMap<string, readonly Update[]> | undefined;
}

/** A time for which something was declared, as git has it. */
interface Declared {
  readonly at: Date;
  readonly commit: string;
  /** The change that ended it. */
  readonly next: Pick<Change, "at" | "commit"> | undefined;
}

/** Why nobody knows since when something ran. */
type Unknown = Exclude<Ran["since"], Date>;

/** A pin, and for which time it was declared. */
interface PinRun {
  readonly pin: Pin;
  readonly declared: Declared | Unknown;
}

const LABELS: Readonly<Record<Part, string>> = {
  chart: "the chart",
  image: "the image repository",
};

/** What one stack ran of one service: as declared, and since an update of its state brought it. */
export class ServicePast {
  readonly #reader: EnvironmentReader;
  readonly #where: Where;
  /** Of all stacks of the environment, newest first; undefined outside of git. */
  readonly #all: readonly Change[] | undefined;
  /** Newest first; undefined outside of git. */
  readonly #changes: readonly Change[] | undefined;

  constructor(reader: EnvironmentReader, where: Where) {
    this.#reader = reader;
    this.#where = where;
    const { state, service, stack, head } = where;
    this.#all = reader.isInGit ? reader.changesOf(state.environment, service, head) : undefined;
    this.#changes = this.#all?.filter((change) => change.stack === stack);
  }

  /** Returns what a gate asks about: each part that moves, and when it ran here. */
  upstream({ pin, chart, image }: Moving): Upstream {
    const { state, service, stack, hasOthers, now } = this.#where;
    const environment = state.environment.name;
    const place = { environment, ...(hasOthers && stack !== undefined && { stack }) };
    const found = pin && (now === undefined ? this.#coming(pin) : this.#pinRun(pin, now.pin));
    const runs = found?.pin ?? now?.pin;
    if (runs === undefined) return { ...place, problem: `it doesn't run ${service}` };
    const version = pin && { what: pin.version.text, runs: runs.version.text };
    const parts = [
      ...(version === undefined ? [] : [this.#withRan(version, found?.declared)]),
      ...(chart === undefined ? [] : [this.#part("chart", chart)]),
      ...(image === undefined ? [] : [this.#part("image", image(now?.host))]),
    ];
    return { ...place, pin: runs, parts };
  }

  #part(part: Part, wanted: string): UpstreamPart {
    const { now } = this.#where;
    const [label, runs] = [LABELS[part], now?.[part]];
    const words = {
      what: `${label} ${wanted}`,
      runs: runs === undefined ? NONE : runs === NONE ? `no ${part}` : `${label} ${runs}`,
    };
    const declared = this.#partRun(part, wanted);
    const unpinned = part === "chart" && declared === undefined ? withoutDigest(wanted) : undefined;
    if (unpinned === undefined || this.#hadDigest(unpinned)) return this.#withRan(words, declared);
    const ran = this.#partRun(part, unpinned);
    return { ...this.#withRan(words, ran), ...(ran !== undefined && { isUnpinned: true }) };
  }

  #withRan(
    words: Omit<UpstreamPart, "ran">,
    declared: Declared | Unknown | undefined,
  ): UpstreamPart {
    return declared === undefined ? words : { ...words, ran: this.#ran(declared) };
  }

  /** Returns the run of a pin: the one that goes on where it is the same version, else the last one. */
  #pinRun(wanted: Pin, now: Pin): PinRun | undefined {
    const isHere = comesFrom(wanted, now);
    if (this.#changes === undefined) return isHere ? { pin: now, declared: "unknown" } : undefined;
    const runs = this.#changes.flatMap(({ to: pin, at, commit }, index) => {
      return pin === undefined
        ? []
        : { pin, declared: { at, commit, next: this.#changes?.[index - 1] } };
    });
    const [last] = runs;
    const goesOn = last !== undefined && last.declared.next === undefined;
    if (isHere && goesOn && formatPin(last.pin) === formatPin(now)) return last;
    const past = runs.find(
      ({ pin, declared: { next } }) => next !== undefined && comesFrom(wanted, pin),
    );
    return past ?? (isHere ? { pin: now, declared: "uncommitted" } : this.#coming(wanted));
  }

  /** Returns a pin that the change itself brings, and that has run nowhere. */
  #coming(wanted: Pin): PinRun | undefined {
    const { state, service, stack, head } = this.#where;
    if (head === undefined) return undefined;
    const pin = this.#reader
      .inWorkingTree(state.environment)
      .plans.filter(({ config }) => stack === undefined || config.stack === stack)
      .flatMap(({ deployments }) => deployments)
      .find((deployment) => deployment.service.name === service && comesFrom(wanted, deployment));
    return pin && { pin, declared: "coming" };
  }

  /** Whether a version of a chart ever ran here at a digest: then its bytes aren't those of a tag. */
  #hadDigest(unpinned: string): boolean {
    const { state, service, stack = "", now, head } = this.#where;
    const which = { stack, service, part: "chart" } as const;
    const changes =
      this.#changes === undefined ? [] : this.#reader.partChangesOf(state.environment, which, head);
    const texts = [now?.chart ?? NONE, ...changes.flatMap(({ from, to }) => [from, to])];
    return texts.some((text) => withoutDigest(text) === unpinned);
  }

  /** Returns when a chart or an image repository was declared; undefined where it never was. */
  #partRun(part: Part, wanted: string): Declared | Unknown | undefined {
    const { state, service, stack = "", now, head } = this.#where;
    // As with a service that runs there no more: what it ran isn't where this comes from.
    if (now?.[part] === NONE) return undefined;
    const isHere = now?.[part] === wanted;
    if (this.#changes === undefined) return isHere ? "unknown" : undefined;
    const which = { stack, service, part };
    const changes = this.#reader.partChangesOf(state.environment, which, head);
    // Before its first change it was what the service began with.
    const begun = (index: number): Declared | undefined => {
      const change = changes[index] ?? this.#changes?.findLast(({ to }) => to !== undefined);
      return change && { at: change.at, commit: change.commit, next: changes[index - 1] };
    };
    if (isHere) {
      const last = changes[0]?.to;
      return last === undefined || last === wanted ? begun(0) : "uncommitted";
    }
    const ended = changes.findIndex(({ from }) => from === wanted);
    return ended === -1 ? undefined : begun(ended + 1);
  }

  /**
   * Returns when something ran: since it was committed, since an update brought it, or since the last stack left
   * the environment that ran something else, where that is later.
   */
  #ran(declared: Declared | Unknown): Ran {
    if (typeof declared === "string") return { since: declared };
    const { at, next, commit } = declared;
    const until = next === undefined ? {} : { until: next.at };
    const times = [at, ...this.#left()].map((time) => time.getTime());
    const updates = this.#where.updates?.get(this.#where.stack ?? "");
    if (updates === undefined) {
      return {
        since: new Date(Math.max(...times)),
        ...until,
        commit: this.#declaredLast(declared),
      };
    }
    const brought = this.#reader.bringing(updates, commit, next?.commit);
    const [last] = brought;
    if (last === undefined) return { since: "undeployed" };
    const first = Math.min(...brought.map(({ at }) => at.getTime()));
    return { since: new Date(Math.max(first, ...times)), ...until, commit: last.commit };
  }

  /** Returns the commit that the environment is at, or of what was replaced the one that brought it. */
  #declaredLast({ commit, next }: Declared): string {
    const { state, head } = this.#where;
    return next === undefined ? (head ?? state.ref?.commit ?? commit) : commit;
  }

  /** Returns when other stacks ended that ran the service at another pin: until then the environment ran both. */
  #left(): Date[] {
    const { now } = this.#where;
    const seen = new Set<string>();
    return (this.#all ?? []).flatMap(({ stack, from, to, at }) => {
      if (seen.has(stack)) return [];
      seen.add(stack);
      const isOther = from !== undefined && now !== undefined && !mayBeSame(from, now.pin);
      return to === undefined && isOther ? [at] : [];
    });
  }
}
