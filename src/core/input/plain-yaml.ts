/**
 * Returns the value of a YAML text in the plainest form, or undefined for any other text. Plain is what
 * most release lists are made of: mappings and sequences by indentation, texts of one line, whole
 * numbers, `true`, `false` and comments, in ASCII. Every YAML parser reads this form alike, so the
 * general parser gives the same value and no issue, in twenty to forty times the time. A text that the
 * general parser refuses, or that leaves a value empty, isn't plain.
 */
export function readPlainYaml(text: string): unknown {
  if (!PLAIN_CHARACTERS.test(text) || text.includes(MANY_SPACES)) return undefined;
  const document = new PlainDocument();
  for (let at = 0; at < text.length; at = LINE.lastIndex) {
    LINE.lastIndex = at;
    const line = LINE.exec(text);
    if (line === null) return undefined;
    const [, { length: column } = "", dash, key, double, single, number, word] = line;
    const value = double ?? single ?? (number === undefined ? scalarOf(word) : Number(number));
    if (word !== undefined && value === undefined) return undefined;
    if (dash !== undefined) {
      if (!document.addItem(column, key, value)) return undefined;
    } else if (key !== undefined) {
      if (!document.addPair(column, key, value)) return undefined;
    } else if (value !== undefined) {
      return undefined;
    }
  }
  return document.end();
}

const PLAIN_CHARACTERS = /^[\n\x20-\x7e]*$/;

// Bounds what the expression below tries before it gives a line up.
const MANY_SPACES = " ".repeat(100);

// A text that needs no quotes wherever it is. A colon in it has more of the text after it.
const TEXT = String.raw`[A-Za-z][\w./@+-]*(?::[\w./@+-]+)*`;

// The indentation, a dash, a key; then a text in double or single quotes, a number, or one without
// quotes; then a comment. Fifteen digits are a number that JavaScript holds exactly.
const LINE = new RegExp(
  String.raw`( *)(- )?(?:(${TEXT}):(?= |\n|$) *)?` +
    String.raw`(?:"([^"\\\n]*)"|'([^'\n]*)'|(0|[1-9]\d{0,14})(?=[ \n]|$)|(${TEXT}))?` +
    String.raw` *(?:(?<=^|[ \n])#[^\n]*)?(?:\n|$)`,
  "y",
);

/** Returns what a text without quotes is: itself, true or false; undefined for what may be neither. */
function scalarOf(word: string | undefined): string | boolean | undefined {
  switch (word?.toLowerCase()) {
    case "true":
    case "false":
      return word === "true" || (word === "false" ? false : undefined);
    case "null":
      return undefined;
    default:
      return word;
  }
}

type Mapping = Record<string, unknown>;

/** A collection whose end wasn't met yet, with the column that its lines start at. */
type Open =
  | { readonly column: number; readonly sequence: unknown[] }
  | { readonly column: number; readonly mapping: Mapping; waiting: string | undefined };

/** The general parser looks for the colon of a key no further than 1024 characters. */
const MAX_KEY_LENGTH = 1000;

/** The part of a document that was read. Its methods return false for what isn't plain. */
class PlainDocument {
  #root: unknown;
  /** From the outermost to the innermost. */
  readonly #open: Open[] = [];

  /** Adds `- value`, `- key: value` or `- key:`. */
  addItem(column: number, key: string | undefined, value: unknown): boolean {
    if (!this.#close(column, true)) return false;
    let top = this.#open.at(-1);
    if (top === undefined || "mapping" in top) {
      if (!this.#hang((top = { column, sequence: [] }), true)) return false;
    } else if (top.column !== column) {
      return false;
    }
    if (key === undefined) return value !== undefined && top.sequence.push(value) > 0;
    const mapping = {};
    top.sequence.push(mapping);
    this.#open.push({ column: column + "- ".length, mapping, waiting: undefined });
    return this.#set(key, value);
  }

  /** Adds `key: value`, or `key:` with a value on the lines below. */
  addPair(column: number, key: string, value: unknown): boolean {
    if (!this.#close(column, false)) return false;
    const top = this.#open.at(-1);
    const belongs = top !== undefined && "mapping" in top && top.column === column;
    if (!belongs && !this.#hang({ column, mapping: {}, waiting: undefined }, false)) return false;
    return this.#set(key, value);
  }

  /** Returns the value; undefined when there is none, or when a key still waits for its own. */
  end(): unknown {
    return this.#close(-1, false) ? this.#root : undefined;
  }

  /** Closes the collections that end before a line. */
  #close(column: number, item: boolean): boolean {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      // A sequence may start at the column of the key that it belongs to; the next key ends it.
      const ends = top.column === column && !item && "sequence" in top;
      if (top.column <= column && !ends) return true;
      if ("mapping" in top && top.waiting !== undefined) return false;
      this.#open.pop();
    }
    return true;
  }

  /** Makes a collection the value of the key that waits for one, or the whole document. */
  #hang(collection: Open, sequence: boolean): boolean {
    const value = "mapping" in collection ? collection.mapping : collection.sequence;
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      if (this.#root !== undefined) return false;
      this.#root = value;
    } else {
      if ("sequence" in parent || parent.waiting === undefined) return false;
      if (collection.column === parent.column && !sequence) return false;
      parent.mapping[parent.waiting] = value;
      parent.waiting = undefined;
    }
    this.#open.push(collection);
    return true;
  }

  #set(key: string, value: unknown): boolean {
    const top = this.#open.at(-1);
    if (top === undefined || "sequence" in top || top.waiting !== undefined) return false;
    if (key === "__proto__" || key.length > MAX_KEY_LENGTH) return false;
    if (Object.hasOwn(top.mapping, key)) return false;
    if (value === undefined) top.waiting = key;
    else top.mapping[key] = value;
    return true;
  }
}
