import assert from "node:assert/strict";
import { diffArrays } from "diff";
import * as yaml from "yaml";
import { isError } from "../../../src/core/error";
import { parseYaml } from "../../../src/core/input/yaml-file";
import {
  editStackConfig,
  type ConfigEdit,
  type EditKey,
} from "../../../src/core/stack/config-editor";
import { Dice } from "../../support/random-history";
import { NAMES, pinText, reasonText, stackConfigText } from "../../support/stack-config-texts";

const FILE = "Pulumi.testing.yaml";

type Map = { readonly [key: string]: unknown };

function asMap(value: unknown): Map {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Map) : {};
}

/** Returns what a text means to the program, or undefined where it can't be read. */
function meaningOf(text: string): unknown {
  const { value, issues } = parseYaml({ file: FILE, bytes: Buffer.from(text) });
  return issues.length > 0 ? undefined : value;
}

/** Returns some edits, each of another name. */
function editsFor(meaning: unknown, dice: Dice): ConfigEdit[] {
  const config = asMap(asMap(meaning)["config"]);
  const there = (key: EditKey): string[] => Object.keys(asMap(config[`releases:${key}`]));
  const edits = Array.from({ length: 1 + dice.below(3) }, (): ConfigEdit => {
    const key = dice.one(["versions", "versions", "holds", "holds", "charts"] as const);
    const known = there(key);
    const name = known.length > 0 && !dice.once(3) ? dice.one(known) : dice.one(NAMES);
    if (known.includes(name) && dice.once(3)) return { key, name, value: undefined };
    if (key === "versions") return { key, name, value: pinText(dice) };
    if (key === "charts") return { key, name, value: `1.${dice.below(9)}.0` };
    const until = dice.once(2) ? {} : { until: "2027-01-04" };
    return { key, name, value: { reason: reasonText(dice), ...until } };
  });
  return [...new Map(edits.map((edit) => [`${edit.key} ${edit.name}`, edit])).values()];
}

/** Returns what a text has to mean after edits: nothing is worked out by what is tested. */
function wanted(meaning: unknown, edits: readonly ConfigEdit[]): unknown {
  const root = asMap(meaning);
  const config = { ...asMap(root["config"]) };
  for (const { key, name, value } of edits) {
    const names = { ...asMap(config[`releases:${key}`]) };
    if (value === undefined) Reflect.deleteProperty(names, name);
    else names[name] = value;
    config[`releases:${key}`] = names;
  }
  return normal({ ...root, config });
}

/** An empty mapping of ours, and an empty config, mean what none means. */
function normal(meaning: unknown): unknown {
  const root = asMap(meaning);
  const config = Object.entries(asMap(root["config"])).filter(
    ([key, value]) =>
      !/^releases:(?:versions|charts|holds)$/.test(key) ||
      !(value === null || (typeof value === "object" && Object.keys(value).length === 0)),
  );
  return { ...root, config: Object.fromEntries(config) };
}

/** Returns the lines of a text, each with its end. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Returns the lines that edits may change: those of what is edited, and of mappings that become empty or begin. */
function editable(text: string, edits: readonly ConfigEdit[]): string[] {
  const document = yaml.parseDocument(text, { stringKeys: true });
  const lines = linesOf(text);
  const starts = lines.map((_, index) => lines.slice(0, index).join("").length);
  const touched = new Set<number>();
  const mark = (from: number, to: number): void => {
    starts.forEach((start, index) => {
      const end = start + (lines[index] ?? "").length;
      if (start < Math.max(to, from + 1) && from < end) touched.add(index);
    });
  };
  const pairOf = (
    map: unknown,
    key: string,
  ): yaml.Pair<yaml.Scalar, yaml.Node | null> | undefined =>
    yaml.isMap<yaml.Scalar, yaml.Node | null>(map)
      ? map.items.find((pair) => pair.key.value === key)
      : undefined;
  const markPair = ({ key, value }: yaml.Pair<yaml.Scalar, yaml.Node | null>): void =>
    mark(key.range?.[0] ?? 0, Math.max(value?.range?.[1] ?? 0, key.range?.[1] ?? 0));
  const markFlow = (map: unknown): void => {
    if (!yaml.isMap<yaml.Scalar, yaml.Node | null>(map) || map.flow !== true) return;
    const [start = 0, end = 0] = map.range ?? [];
    mark(start, start);
    mark(end - 1, end - 1);
    // A name that is added comes on a line of its own, or on the one of a name that has none either.
    for (const { key } of map.items) {
      const at = key.range?.[0] ?? 0;
      if (/[^ \n][^\n]*$/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at))) mark(at, at);
    }
    const last = map.items.at(-1);
    if (last !== undefined) mark(last.value?.range?.[1] ?? 0, last.value?.range?.[1] ?? 0);
  };
  const hasFew = (map: unknown): boolean =>
    !yaml.isMap(map) || map.items.length < 2 || map.flow === true;
  markFlow(document.contents);
  const config = pairOf(document.contents, "config");
  for (const { key, name, value } of edits) {
    const ours = pairOf(config?.value, `releases:${key}`);
    const pair = pairOf(ours?.value, name);
    if (pair !== undefined) markPair(pair);
    markFlow(ours?.value);
    markFlow(config?.value);
    // Two names may go at once.
    const goes = edits.filter((edit) => edit.key === key && edit.value === undefined).length;
    const left = yaml.isMap(ours?.value) ? ours.value.items.length - goes : 0;
    if (ours !== undefined && (left <= 0 || hasFew(ours.value) || value === undefined)) {
      if (left <= 0 || yaml.isMap(ours.value) === false)
        mark(ours.key.range?.[0] ?? 0, ours.value?.range?.[0] ?? 0);
    }
    if (config !== undefined && (!yaml.isMap(config.value) || config.value.items.length === 0))
      markPair(config);
  }
  if (!text.endsWith("\n")) touched.add(lines.length - 1);
  return [...touched].map((index) => lines[index] ?? "");
}

/** Returns the lines of a text that another one lacks, as often as it lacks them. */
function lost(before: string, after: string): string[] {
  return diffArrays(linesOf(before), linesOf(after)).flatMap(({ removed, value }) =>
    removed ? value : [],
  );
}

function withoutAny(all: readonly string[], some: readonly string[]): string[] {
  const left = [...some];
  return all.filter((line) => {
    const index = left.indexOf(line);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

/** Returns the comments of a text that another lacks, apart from those of names that go. */
function lostComments(before: string, after: string, edits: readonly ConfigEdit[]): string[] {
  const there = new Set(after.match(/# c\d+\./g));
  const may = editable(
    before,
    edits.filter(({ value }) => typeof value !== "string"),
  ).join("");
  return (before.match(/# c\d+\./g) ?? []).filter(
    (comment) => !there.has(comment) && !may.includes(comment),
  );
}

describe("edits of stack configs in every style", () => {
  const deep = process.env["DEEP"] !== undefined;
  const runs = Number(process.env["EDITS"] ?? (deep ? 50_000 : 250));
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

  it(`change the asked paths alone in ${runs} texts, and no other line (SEED=${seed})`, function () {
    this.timeout(10_000 + runs * 200);
    const count = { edited: 0, refused: 0, unreadable: 0 };
    for (let run = 0; run < runs; run++) {
      const dice = new Dice(seed + run);
      const { text, style, isPlain } = stackConfigText(dice);
      const meaning = meaningOf(text);
      const edits = editsFor(meaning, dice);
      const at = `SEED=${seed + run} (${style})\n${JSON.stringify(edits)}\n${text}`;
      let after: string;
      try {
        after = editStackConfig({ file: FILE, text }, edits);
      } catch (cause) {
        assert.ok(
          isError(cause, "findings") && cause.issues.length > 0,
          `${at}\n${String((cause as Error).stack)}`,
        );
        if (meaning === undefined) count.unreadable++;
        else {
          assert.deepEqual(
            cause.issues.map(({ code }) => code),
            ["uneditable"],
            at,
          );
          assert.ok(!isPlain, `${at}\n${cause.issues[0]?.message ?? ""}`);
          count.refused++;
        }
        continue;
      }
      assert.notEqual(meaning, undefined, at);
      assert.deepEqual(normal(meaningOf(after)), wanted(meaning, edits), `${at}\n=>\n${after}`);
      const more = withoutAny(lost(text, after), editable(text, edits));
      assert.deepEqual(more, [], `${at}\n=>\n${after}`);
      assert.deepEqual(lostComments(text, after, edits), [], `${at}\n=>\n${after}`);
      assert.equal(editStackConfig({ file: FILE, text: after }, edits), after, at);
      count.edited++;
    }
    if (deep || process.env["EDITS"] !== undefined) console.info(JSON.stringify(count));
    assert.ok(count.edited > runs / 2, JSON.stringify(count));
  });
});
