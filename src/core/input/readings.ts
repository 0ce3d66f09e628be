import type * as yaml from "yaml";

/** What a plain scalar is to each of its readers, spelled so that all of them read the same. */
export interface Readings {
  /** The scalar as it is written. */
  readonly text: string;
  /** To this program, which reads YAML 1.2. */
  readonly own: string;
  /** To Pulumi's engine, which reads stack configs. */
  readonly pulumi: string;
  /** To Helm, which reads files of values. */
  readonly helm: string;
}

/**
 * Returns what a scalar is to this program, to Pulumi and to Helm where they differ; undefined where all of
 * them read the same. The others read with Go's YAML, which keeps much of YAML 1.1:
 * https://github.com/yaml/go-yaml/blob/v3.0.5/resolve.go (Pulumi) and
 * https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/goyaml.v2/resolve.go (Helm).
 */
export function readingsOf(scalar: yaml.Scalar, part: "key" | "value"): Readings | undefined {
  const text = scalar.source;
  if (scalar.type !== "PLAIN" || text === undefined || !MAY_DIFFER.test(text)) return undefined;
  if (scalar.tag === "tag:yaml.org,2002:str") return undefined;
  const [own = "", pulumi = "", helm = ""] =
    part === "key"
      ? [text, pulumiKey(text), helmKey(text)].map(spelled)
      : [scalar.value, pulumiValue(text), helmValue(text)].map(spelled);
  return own === pulumi && own === helm ? undefined : { text, own, pulumi, helm };
}

/** Whether a text that YAML 1.2 needs no quotes for is the same text to every reader without them. */
export function isTextToAll(text: string): boolean {
  return typeof helmValue(text) === "string" && !isTime(text);
}

/**
 * Returns what each reader reads, and how to write it: `false to Helm and "no" to Pulumi and this program; write
 * false or "no"`. Undefined where they read the same.
 * @param hasHelm whether Helm is one of the readers
 */
export function differenceOf(
  { own, pulumi, helm }: Readings,
  hasHelm: boolean,
): string | undefined {
  const readers = new Map<string, string[]>();
  const add = (reading: string, reader: string): void => {
    readers.set(reading, [...(readers.get(reading) ?? []), reader]);
  };
  if (hasHelm) add(helm, "Helm");
  add(pulumi, "Pulumi");
  add(own, "this program");
  if (readers.size === 1) return undefined;
  const meanings = [...readers].map(([reading, names]) => `${reading} to ${names.join(" and ")}`);
  const spellings = [...readers.keys()].filter((reading) => reading !== A_TIME);
  return `${meanings.join(", and ")}; write ${spellings.join(" or ")}`;
}

/** What Pulumi alone makes of a scalar. */
const A_TIME = "a time";
const TIME = Symbol(A_TIME);

/** The starts of numbers and times, and the words that one of the readers takes for something else. */
const MAY_DIFFER = /^(?:[-+]?[._]*[0-9]|~$|(?:y|yes|n|no|on|off|null|true|false)$)/i;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** What is a boolean to YAML 1.1 alone. */
const OLD_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

type Value = string | number | boolean | null;

function helmValue(text: string): Value {
  return OLD_WORDS.get(text) ?? goValue(text, true);
}

function goValue(text: string, isHelm = false): Value {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  return goNumber(text, isHelm) ?? text;
}

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** Returns the number that Go's YAML makes of a text; undefined where it stays a text. */
function goNumber(text: string, isHelm: boolean): number | undefined {
  // Underscores are left out: all but one in front, and where a dot is in front those between two digits.
  const left = text.startsWith("_") ? /(?!)/g : text.startsWith(".") ? /(?<=\d)_(?=\d)/g : /_/g;
  const plain = text.replaceAll(left, "");
  const [isInteger, sign = "", hex, binary, octal, decimal] = INTEGER.exec(plain) ?? [];
  if (isInteger !== undefined) {
    const digits = [hex && `0x${hex}`, binary && `0b${binary}`, octal && `0o${octal}`, decimal];
    const number = BigInt(digits.find((spelling) => spelling !== undefined) ?? "0");
    const most = sign === "" ? 2n ** 64n - 1n : sign === "+" ? 2n ** 63n - 1n : 2n ** 63n;
    if (number <= most) return Number(sign === "-" ? -number : number);
  }
  // After these prefixes Go reads a number with a sign of its own; Helm does so after the first alone.
  const [, prefix, signed] = /^0([bo])([-+](?:[01]+|[0-7]+))$/.exec(plain) ?? [];
  if (signed !== undefined && (prefix === "b" || !isHelm)) {
    const number = Number.parseInt(signed, prefix === "b" ? 2 : 8);
    if (Number.isSafeInteger(number) && !(prefix === "b" && /[2-7]/.test(signed))) return number;
  }
  const float = FLOAT.test(plain) ? Number(plain) : Infinity;
  return Number.isFinite(float) ? float : undefined;
}

function pulumiValue(text: string): Value | typeof TIME {
  return isTime(text) ? TIME : goValue(text);
}

function pulumiKey(text: string): Value | typeof TIME {
  const value = pulumiValue(text);
  return typeof value === "symbol" ? value : keyOf(value);
}

/** Helm writes a number that is a key as one of 32 bits. */
function helmKey(text: string): Value {
  const value = helmValue(text);
  const isFraction = typeof value === "number" && !Number.isInteger(value);
  return keyOf(isFraction ? Number(Math.fround(value).toPrecision(8)) : value);
}

/** Returns a key as Go writes it: a number has two digits of an exponent; null can't be one. */
function keyOf(value: Value): string | null {
  return value === null ? null : String(value).replace(/(e[-+])(\d)$/, "$10$2");
}

/** The forms of a time that Pulumi knows, with its year, month, day, hour, minute and second. */
const TIMES: readonly RegExp[] = [
  /^(\d{4})-(\d{1,2})-(\d{1,2})$/,
  /^(\d{4})-(\d{1,2})-(\d{1,2})[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d{2}:\d{2})$/,
  /^(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?$/,
];

function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = TIMES.flatMap(
    (form) => form.exec(text)?.slice(1) ?? [],
  ).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= days;
  return isDay && hour < 24 && minute < 60 && second < 60;
}

function spelled(value: unknown): string {
  if (value === TIME) return A_TIME;
  // Zero has one spelling, whatever its sign.
  return typeof value === "number" ? String(value + 0) : JSON.stringify(value);
}
