import { createRequire } from "node:module";
import * as yaml from "yaml";
import type { Dice } from "./random-history";

/** The part of js-yaml that writes: Pulumi's Automation API for Node.js writes stack configs with it. */
const { dump } = createRequire(__filename)("js-yaml") as {
  dump: (value: unknown, options: Readonly<Record<string, unknown>>) => string;
};

/** A stack config in some style. */
export interface StackConfigText {
  readonly text: string;
  /** Who writes such a text. */
  readonly style: "js-yaml" | "yaml" | "hand";
  /** Whether nothing in it is shared, tagged or on the line of another key, so that every edit is possible. */
  readonly isPlain: boolean;
}

/** Names that services have, some of which YAML, JavaScript or Pulumi might take for something else. */
export const NAMES = [
  ..."inventory orders catalog a b shop.inventory acme/orders web_2 no on 123 1.10 0755".split(" "),
  ..."2026-12-01 true null 1e3 UPPER x-y.z/w".split(" "),
];

const DIGESTS = ["0", "a", "f"].map((digit) => `sha256:${digit.repeat(64)}`);

/** Returns a pin, a commit, or a tag, with or without a digest. */
export function pinText(dice: Dice): string {
  const version = `v${dice.below(20)}.${dice.below(20)}.${dice.below(20)}`;
  return dice.one([
    version,
    `${version}-rc.${dice.below(12)}`,
    `${version}@${dice.one(DIGESTS)}`,
    `${dice.one(["0", "b", "9"]).repeat(40)}@${dice.one(DIGESTS)}`,
  ]);
}

const REASONS = [
  "slow",
  "load test until Friday, ask the shop team",
  "bad: really #1",
  'it\'s "broken"',
  "two\nlines",
  "two\nlines\n",
  "a paragraph that is so long that whoever writes YAML with a width of eighty characters folds it somewhere\n\nand another one\n",
  "- not a list",
  "{ x: [1, 2] }",
  "no",
  "2026-12-01",
  "ünïcode 🚀",
  " leading and trailing ",
];

export function reasonText(dice: Dice): string {
  return `${dice.one(REASONS)}${dice.once(2) ? "" : dice.below(1000)}`;
}

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** Returns what a stack config means. */
function meaning(dice: Dice): { [key: string]: Value } {
  const some = (most: number): string[] => NAMES.filter(() => dice.below(NAMES.length) < most);
  const config: { [key: string]: Value } = {};
  const versions = (): Value => Object.fromEntries(some(6).map((name) => [name, pinText(dice)]));
  const holds = (): Value =>
    Object.fromEntries(
      some(3).map((name) => {
        const until = dice.once(2)
          ? {}
          : { until: dice.one(["2026-12-01", "2026-12-19T17:00:00Z"]) };
        return [name, { reason: reasonText(dice), ...until }];
      }),
    );
  const parts: [string, () => Value][] = [
    ["pulumi:disable-default-providers", () => ["*"]],
    ["aws:region", () => "eu-west-1"],
    ["releases:cluster", () => ({ context: "acme" })],
    ["releases:webhookSecret", () => ({ secure: "v1:abc:def==" })],
    ["other:note", () => reasonText(dice)],
    ["other:nested", () => ({ a: [{ b: "c", d: [1, 2] }, "e"], f: {} })],
    ["releases:versions", versions],
    ["releases:charts", () => ({ orders: "1.4.0", catalog: `1.4.0@${DIGESTS[1] ?? ""}` })],
    [
      "releases:values",
      () => ({ orders: { replicaCount: 3, env: ["a", null], resources: null }, catalog: {} }),
    ],
    ["releases:holds", holds],
    ["z:last", () => dice.one<Value>([true, 3, "x", null, {}, [], ["y"]])],
  ];
  for (const [key, make] of parts) if (!dice.once(4)) config[key] = make();
  if (dice.once(5)) shuffle(config, dice);
  const root: [string, Value][] = [
    ["encryptionsalt", "v1:abc=:v1:def:ghi=="],
    ["config", config],
    ["environment", dice.one<Value>([["shop/dev"], { imports: ["shop/dev"] }])],
    ["secretsprovider", "awskms://alias/x"],
  ];
  const kept = root.filter(([key]) => (key === "config" ? !dice.once(12) : dice.once(2)));
  return Object.fromEntries(kept.length > 0 ? kept : root.slice(0, 1));
}

function shuffle(map: { [key: string]: Value }, dice: Dice): void {
  for (const key of Object.keys(map)) {
    if (!dice.once(2)) continue;
    const value = map[key] ?? null;
    Reflect.deleteProperty(map, key);
    map[key] = value;
  }
}

/** Returns a stack config as Pulumi, js-yaml, Go's YAML or a person writes it. */
export function stackConfigText(dice: Dice): StackConfigText {
  const value = meaning(dice);
  const style = dice.one(["js-yaml", "yaml", "hand", "hand", "hand"] as const);
  const hand = new Hand(dice);
  const text =
    style === "js-yaml"
      ? byJsYaml(value, dice)
      : style === "yaml"
        ? byYaml(value, dice)
        : hand.file(value);
  return { style, isPlain: style !== "hand" || hand.isPlain, text: framed(text, dice) };
}

function byJsYaml(value: Value, dice: Dice): string {
  return dump(value, {
    lineWidth: dice.one([80, 80, 40, -1]),
    indent: dice.one([2, 2, 4, 1]),
    flowLevel: dice.one([-1, -1, 0, 1, 2, 3]),
    noArrayIndent: dice.once(2),
    forceQuotes: dice.once(5),
    quotingType: dice.one(["'", '"']),
    condenseFlow: dice.once(5),
  });
}

function byYaml(value: Value, dice: Dice): string {
  return yaml.stringify(value, {
    lineWidth: dice.one([80, 40, 0]),
    indent: dice.one([2, 4, 3]),
    indentSeq: dice.once(2),
    collectionStyle: dice.one(["any", "any", "block", "flow"] as const),
    defaultStringType: dice.one([
      "PLAIN",
      "QUOTE_DOUBLE",
      "QUOTE_SINGLE",
      "BLOCK_LITERAL",
      "BLOCK_FOLDED",
    ] as const),
    version: dice.one(["1.2", "1.1"] as const),
  });
}

/** Gives a text another beginning, end, or kind of line end. */
function framed(text: string, dice: Dice): string {
  let framed = text;
  if (dice.once(8))
    framed = `${dice.one(["---\n", "# top\n", "%YAML 1.2\n---\n", "\n\n", "--- # doc\n"])}${framed}`;
  if (dice.once(8))
    framed += dice.one(["...\n", "# end\n", "\n\n", "---\n", "...\n# after\n", "---\na: 1\n"]);
  if (dice.once(4)) framed = framed.replaceAll("\n", "\r\n");
  if (dice.once(5)) framed = framed.replace(/\r?\n$/, "");
  if (dice.once(60)) framed = `\ufeff${framed}`;
  if (dice.once(60)) framed = framed.replace("\n  ", "\n\t");
  return framed;
}

/** Writes YAML as people do, each part in another style. */
class Hand {
  isPlain = true;
  readonly #dice: Dice;
  readonly #anchors: string[] = [];
  #comments = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  file(value: { [key: string]: Value }): string {
    if (this.#dice.once(20)) return `${this.#flow(value, 0, true)}\n`;
    return this.#block(value, this.#dice.once(15) ? 1 : 0);
  }

  /** Returns a mapping as a block. */
  #block(map: { [key: string]: Value }, indent: number): string {
    const pad = " ".repeat(indent);
    const entries = Object.entries(map);
    return entries
      .map(([key, value], index) => {
        const above = this.#dice.once(6) ? `${pad}${this.#comment()}\n` : "";
        const merge = index === 0 && indent > 2 && this.#dice.once(8) ? this.#merge(pad) : "";
        return `${above}${merge}${this.#pair(key, value, indent)}${this.#dice.once(12) ? "\n" : ""}`;
      })
      .join("");
  }

  #merge(pad: string): string {
    const anchor = this.#dice.one([...this.#anchors, ""]);
    if (anchor === "") return "";
    this.isPlain = false;
    return `${pad}<<: *${anchor}\n`;
  }

  #pair(key: string, value: Value, indent: number): string {
    const pad = " ".repeat(indent);
    const { start, isExplicit } = this.#key(key, pad);
    const props = this.#props(value);
    if (props.startsWith("*")) return `${start} ${props}${this.#trailing()}\n`;
    const above = props === "" ? start : `${start} ${props}`;
    if (typeof value === "string") return `${above} ${this.#text(value, indent)}`;
    if (value === null)
      return `${above}${this.#dice.one(["", " ~", " null"])}${this.#trailing()}\n`;
    if (typeof value !== "object") return `${above} ${String(value)}${this.#trailing()}\n`;
    const isEmpty = Object.keys(value).length === 0;
    const below = indent + this.#dice.one([2, 2, 2, 4, 1, 3]);
    if (isEmpty || this.#dice.once(6)) {
      if (isEmpty && !Array.isArray(value) && this.#dice.once(2)) {
        return `${above}${this.#dice.one(["", " ~"])}${this.#trailing()}\n`;
      }
      return `${above} ${this.#flow(value, below)}${this.#trailing()}\n`;
    }
    if (Array.isArray(value)) {
      const items = value.map((item) => `${" ".repeat(below)}- ${this.#flow(item, below + 2)}\n`);
      return `${above}${this.#trailing()}\n${items.join("")}`;
    }
    if (isExplicit && this.#dice.once(2)) {
      this.isPlain = false;
      return `${above} ${this.#block(value, indent + 2).slice(indent + 2)}`.replace(
        /^([^\n]*) #/,
        "$1 #",
      );
    }
    return `${above}${this.#trailing()}\n${this.#block(value, below)}`;
  }

  #key(key: string, pad: string): { start: string; isExplicit: boolean } {
    const written = this.#scalarKey(key);
    const anchor = this.#dice.once(80) ? `&k${this.#comments++} ` : "";
    if (this.#dice.once(20)) {
      return { start: `${pad}? ${anchor}${written}\n${pad}:`, isExplicit: true };
    }
    return {
      start: `${pad}${anchor}${written}${this.#dice.once(30) ? " " : ""}:`,
      isExplicit: false,
    };
  }

  #scalarKey(key: string): string {
    const isRisky = /^(?:no|on|true|null|[\d.e-]+)$/.test(key);
    return isRisky || this.#dice.once(8) ? this.#dice.one([`"${key}"`, `'${key}'`]) : key;
  }

  /** Returns an anchor or a tag, or an alias in place of the value. */
  #props(value: Value): string {
    if (this.#anchors.length > 0 && this.#dice.once(20)) {
      this.isPlain = false;
      return `*${this.#dice.one(this.#anchors)}`;
    }
    if (this.#dice.once(12)) {
      this.isPlain = false;
      const name = `n${this.#dice.below(6)}`;
      this.#anchors.push(name);
      return `&${name}`;
    }
    if (!this.#dice.once(20)) return "";
    this.isPlain = false;
    if (typeof value === "string") return "!!str";
    return typeof value === "object" && value !== null && !Array.isArray(value) ? "!!map" : "";
  }

  /** Returns a text and the end of its line. */
  #text(value: string, indent: number): string {
    const pad = " ".repeat(indent);
    const isOneLine = !value.includes("\n");
    const isBlock = !isOneLine || this.#dice.once(6);
    if (isBlock && value.trim() === value.trimEnd() && value !== "")
      return this.#blockText(value, indent);
    const below = this.#dice.once(25) ? `\n${pad}  ` : "";
    const text = this.#scalar(value);
    if (below !== "") this.isPlain = false;
    return `${below}${text}${this.#trailing()}\n`;
  }

  #blockText(value: string, indent: number): string {
    const extra = this.#dice.one([2, 2, 1, 4]);
    const indicator = this.#dice.once(6) && indent + extra > 0 ? String(extra) : "";
    const chomping = this.#dice.one(value.endsWith("\n") ? ["", "", "+"] : ["-", "-", "-", ""]);
    const header = `${this.#dice.one(["|", ">"])}${this.#dice.once(2) ? indicator + chomping : chomping + indicator}`;
    const lines = value
      .trimEnd()
      .split("\n")
      .map((line) => (line === "" ? "" : " ".repeat(indent + extra) + line));
    const blank = this.#dice.once(6) ? "\n".repeat(1 + this.#dice.below(2)) : "";
    return `${header}${this.#trailing()}\n${lines.join("\n")}\n${blank}`;
  }

  #scalar(value: string, inFlow = false): string {
    const plain = yaml
      .stringify(value, { lineWidth: 0, blockQuote: false, version: "1.1" })
      .trimEnd();
    const isUnsafe =
      plain.includes("\n") || (inFlow && /[,[\]{}]/.test(plain) && !/^["']/.test(plain));
    if (isUnsafe || this.#dice.once(6)) return JSON.stringify(value);
    return this.#dice.once(6) && !value.includes("\n") ? `'${value.replaceAll("'", "''")}'` : plain;
  }

  /** Returns a value in brackets, over several lines now and then. */
  #flow(value: Value, indent: number, isRoot = false): string {
    if (typeof value === "string") return this.#scalar(value, true);
    if (typeof value !== "object" || value === null) return String(value);
    const isOnLines = this.#dice.once(isRoot ? 2 : 4);
    const gap = isOnLines ? `\n${" ".repeat(indent + 2)}` : this.#dice.one([" ", " ", ""]);
    const last = isOnLines && this.#dice.once(2) ? "," : "";
    const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    const items = Array.isArray(value)
      ? value.map((item) => this.#flow(item, indent + 2))
      : Object.entries(value).map(
          ([key, item]) => `${this.#scalarKey(key)}: ${this.#flow(item, indent + 2)}`,
        );
    if (items.length === 0) {
      return this.#dice.once(6)
        ? `${open} ${this.#comment()}\n${" ".repeat(indent + 1)}${close}`
        : open + close;
    }
    const parts = items.map((item, index) => {
      const comma = index < items.length - 1 ? "," : last;
      const comment = isOnLines && this.#dice.once(4) ? ` ${this.#comment()}` : "";
      const line = isOnLines && this.#dice.once(10) ? `${this.#comment()}${gap}` : "";
      return `${line}${item}${this.#dice.once(20) && !isOnLines ? " " : ""}${comma}${comment}`;
    });
    const end = isOnLines ? `\n${" ".repeat(indent + 1)}` : gap;
    return `${open}${gap}${parts.join(isOnLines ? gap : gap === "" ? " " : gap)}${end}${close}`;
  }

  #trailing(): string {
    return this.#dice.once(6) ? ` ${this.#comment()}` : this.#dice.once(20) ? "  " : "";
  }

  /** Returns a comment that no other one equals. */
  #comment(): string {
    return `# c${this.#comments++}.`;
  }
}
