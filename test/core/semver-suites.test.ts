import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { otherReading } from "../../src/core/range-advice";
import { isRange, Version } from "../../src/core/version";

/** Options of node-semver. */
interface Options {
  readonly loose?: true;
  readonly includePrerelease?: true;
}

type Row = readonly [string, string, Options];

const FIXTURES = path.join(__dirname, "../fixtures/semver");

const read = <Value>(name: string): Value =>
  JSON.parse(fs.readFileSync(path.join(FIXTURES, name), "utf8")) as Value;

const SUITES = read<Readonly<Record<string, readonly (readonly unknown[])[]>>>("node-semver.json");

/** Some rows have a value that is no text at all. */
const rows = (name: string): readonly Row[] => (SUITES[name] ?? []).filter(isRow);

function isRow(row: readonly unknown[]): row is Row {
  return typeof row[0] === "string" && typeof row[1] === "string";
}

/** Returns a version of node-semver as a release of ours; undefined for what a release can't be: `1.2.3+build`. */
function releaseOf(text: string): Version | undefined {
  return Version.parse(text.startsWith("v") ? text : `v${text}`);
}

/** Returns how many rows were held against ours, and those that differ. Loose rows aren't ours: nothing is. */
function differing(
  name: string,
  expected: boolean,
  holds: (version: Version, range: string, options: Options) => boolean,
): { held: number; differ: Row[] } {
  const held = rows(name).filter(([range, text, options]) => {
    return options.loose !== true && isRange(range) && releaseOf(text) !== undefined;
  });
  const differ = held.filter(([range, text, options]) => {
    const version = releaseOf(text);
    return version !== undefined && holds(version, range, options) !== expected;
  });
  return { held: held.length, differ };
}

const isIn = (version: Version, range: string, options: Options): boolean =>
  options.includePrerelease === true ? version.satisfies(range) : version.isChosenBy(range);

describe("node-semver's own cases", () => {
  it("include what a range chooses", () => {
    assert.deepEqual(differing("range-include", true, isIn), { held: 119, differ: [] });
  });

  it("exclude what it doesn't", () => {
    assert.deepEqual(differing("range-exclude", false, isIn), { held: 88, differ: [] });
  });

  it("have no version above or below a range in it", () => {
    for (const name of ["version-gt-range", "version-lt-range"]) {
      const { held, differ } = differing(name, false, isIn);
      assert.deepEqual(differ, [], name);
      assert.ok(held > 40, `${name} ${held}`);
    }
  });

  it("order versions", () => {
    const held = rows("comparisons").flatMap(([one, other, options]) => {
      const [a, b] = [releaseOf(one), releaseOf(other)];
      return options.loose === true || a === undefined || b === undefined ? [] : [{ a, b }];
    });
    assert.ok(held.length > 15, String(held.length));
    for (const { a, b } of held) {
      assert.ok(a.compare(b) > 0, `${a.text} > ${b.text}`);
      assert.ok(b.compare(a) < 0, `${b.text} < ${a.text}`);
    }
  });

  it("have equal versions", () => {
    const held = rows("equality").flatMap(([one, other, options]) => {
      const [a, b] = [releaseOf(one), releaseOf(other)];
      return options.loose === true || a === undefined || b === undefined ? [] : [{ a, b }];
    });
    for (const { a, b } of held) assert.equal(a.compare(b), 0, `${a.text} ${b.text}`);
  });

  it("step up as ours do", () => {
    const steps = ["major", "minor", "patch"] as const;
    let held = 0;
    for (const [from = "", step, to = ""] of SUITES["increments"] ?? []) {
      const [one, other] = [from, to].map((text) =>
        typeof text === "string" ? releaseOf(text) : undefined,
      );
      if (one === undefined || other === undefined || one.compare(other) >= 0) continue;
      // Of a pre-release they say which number to raise, and ours which one its release has raised.
      if (one.isPrerelease) continue;
      const name = steps.find((one) => one === step);
      if (name === undefined) continue;
      held++;
      assert.equal(one.stepTo(other), name, `${one.text} -> ${other.text}`);
    }
    assert.equal(held, 6);
  });

  it("have no text that is none of theirs", () => {
    for (const [text] of SUITES["invalid-versions"] ?? []) {
      // Numbers above 2^53 are versions here.
      if (typeof text !== "string" || /\d{16}/.test(text)) continue;
      assert.equal(releaseOf(text), undefined, text);
    }
  });

  it("are read by more than the gates read: whatever a range chooses satisfies it", () => {
    for (const [range, text, { loose }] of [...rows("range-include"), ...rows("range-exclude")]) {
      const version = releaseOf(text);
      if (loose === true || version === undefined || !version.isChosenBy(range)) continue;
      assert.ok(version.satisfies(range), `${version.text} ${range}`);
    }
  });
});

describe("Masterminds' own cases, which Helm, Flux and Kargo pass", () => {
  const cases = read<readonly (readonly [string, string, boolean])[]>("masterminds.json");
  const whole = (text: string): string => (text.split(".").length === 2 ? `${text}.0` : text);

  it("are refused here, warned of, or mean the same", () => {
    const counts = { refused: 0, warned: 0, same: 0 };
    for (const [range, text, expected] of cases) {
      const version = releaseOf(whole(text));
      if (!isRange(range)) counts.refused++;
      else if (otherReading(range) !== undefined) counts.warned++;
      else {
        counts.same++;
        assert.equal(version?.isChosenBy(range), expected, `${range} ${text}`);
      }
    }
    assert.deepEqual(counts, { refused: 48, warned: 11, same: 67 });
  });
});
