import { isDeepStrictEqual } from "node:util";
import type { Environment, Environments } from "../environments";
import type { Repository } from "../repository";
import { asMapping } from "../mapping";
import { environmentOf } from "../stack/config";

/**
 * Returns how a promotion path differs from the one before, a line each: environments, their rules, rejected
 * versions, and the environments and clusters of stacks.
 */
export function pathChanges(before: Repository, after: Repository): string[] {
  const [olds, news] = [before.environments, after.environments];
  return [
    ...(olds !== undefined && news === undefined ? ["environments.yaml is removed"] : []),
    ...(olds === undefined && news !== undefined ? ["environments.yaml is new"] : []),
    ...(olds === undefined || news === undefined ? [] : environmentChanges(olds, news)),
    ...stackChanges(before, after),
  ];
}

function environmentChanges(olds: Environments, news: Environments): string[] {
  const names = [...new Set([...olds.keys(), ...news.keys()])];
  return [
    ...names.flatMap((name) => {
      const [old, now] = [olds.get(name), news.get(name)];
      if (old === undefined) return [`${name} is new`];
      if (now === undefined) return [`${name} is removed`];
      return ruleChanges(old, now);
    }),
    ...differences("rejected", rejectedOf(olds), rejectedOf(news)),
  ];
}

function ruleChanges(old: Environment, now: Environment): string[] {
  const rules = ({ name: _name, rejected: _rejected, ...rules }: Environment) => rules;
  const [before, after] = [rules(old), rules(now)];
  const keys = [
    ...new Set([...Object.keys(before), ...Object.keys(after)]),
  ] as (keyof typeof after)[];
  return keys.flatMap((key) => differences(`${now.name}.${key}`, before[key], after[key]));
}

/** The rejected versions are those of the file, the same for each environment. */
function rejectedOf(environments: Environments): unknown {
  const [first] = environments.values();
  return Object.entries(first?.rejected ?? {}).map(([name, entries]) => [
    name,
    entries.map(({ version: { version, digest }, reason }) => [version.text, digest, reason]),
  ]);
}

function stackChanges({ stacks: olds }: Repository, { stacks: news }: Repository): string[] {
  return [...news.values()].flatMap((values) => {
    const old = olds.get(values.stack);
    if (old === undefined) return [];
    const { stack } = values;
    const [before, after] = [old, values].map(
      ({ values }) => asMapping(values["cluster"])["context"],
    );
    return [
      ...differences(
        `environment of the stack ${stack}`,
        environmentOf(old),
        environmentOf(values),
      ),
      ...differences(`cluster of the stack ${stack}`, before, after).map((line) =>
        after === undefined ? `${line}: every Helm release of ${stack} is deleted` : line,
      ),
    ];
  });
}

function differences(what: string, from: unknown, to: unknown): string[] {
  return isDeepStrictEqual(from, to) ? [] : [`${what}: ${shown(from)} -> ${shown(to)}`];
}

function shown(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
