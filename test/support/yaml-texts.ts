/** Returns numbers from 0 up to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Returns a text that looks like a release list or a stack config and has been damaged up to five
 * times, or a few lines of what is hard in YAML. The random numbers decide all of it.
 */
export function yamlText(random: () => number): string {
  return new Generator(random).text();
}

class Generator {
  readonly #random: () => number;
  /** Whether the text may have parts that are hard before it is damaged. */
  readonly #mayBeHard: boolean;

  constructor(random: () => number) {
    this.#random = random;
    this.#mayBeHard = this.#below(2) === 0;
  }

  text(): string {
    const kinds = [() => this.#list(), () => this.#stack(), () => this.#tree(0, 0)];
    if (this.#mayBeHard) kinds.push(() => this.#hard());
    let text = this.#pick(kinds)();
    const damages = this.#below(3) === 0 ? 0 : this.#below(6);
    for (let damage = 0; damage < damages; damage++) text = this.#damage(text);
    return text;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#below(from.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  #times(limit: number, make: (index: number) => string): string {
    return Array.from({ length: this.#below(limit + 1) }, (_, index) => make(index)).join("");
  }

  #scalar(): string {
    return this.#mayBeHard && this.#below(8) === 0 ? this.#pick(HARD_SCALARS) : this.#pick(SCALARS);
  }

  #comment(): string {
    if (this.#below(10) > 0) return "";
    return this.#mayBeHard ? this.#pick(["#x", " # why", "  #", "   ", " # [{\"'"]) : " # why";
  }

  #list(): string {
    return this.#times(5, (index) => {
      const indent = this.#pick(["  ", "  ", "  ", "  ", "  ", "    "]);
      const parts = [
        `docker: ${this.#pick(['"', "", "'"])}service-${index}`.replace(/(['"])(.*)$/, "$1$2$1"),
        `github: service-${this.#below(4)}`,
        this.#pick([
          `deploy:\n${indent}${indent}release: "v1.2.${index}"`,
          this.#mayBeHard ? `deploy: { release: v1.2.${index} }` : "deploy:\n      branch: main",
          `deploy:\n${indent}    branch: main\n${indent}    preview: true`,
          `deploy:\n${indent}  suspend: true`,
        ]),
        ...(this.#below(3) === 0 ? [`values:\n${this.#tree(indent.length + 2, 1)}`] : []),
        ...(this.#below(4) === 0 ? [`requires:\n${indent}  other: ">=1.2"`] : []),
        ...(this.#below(4) === 0
          ? [`environments:\n${this.#pick([indent, `${indent}  `])}- testing\n${indent}- staging`]
          : []),
        ...(this.#below(6) === 0 ? [`tags:\n${indent}  image: "v{version}"`] : []),
        ...(this.#below(6) === 0 ? [`timeoutSeconds: ${this.#scalar()}`] : []),
      ];
      const dash = `-${" ".repeat(indent.length - 1)}`;
      const body = parts.map((part) => part.replace(/\n$/, "") + this.#comment());
      return `${dash}${body.join(`\n${indent}`)}\n${this.#pick(["", "", "\n", "# next\n"])}`;
    });
  }

  #stack(): string {
    const pins = this.#times(
      4,
      (index) =>
        `    service-${index}: ${this.#pick(["v1.2.3", "v1.2.3@sha256:0123abcd", "main"])}\n`,
    );
    return (
      `config:\n  aws:region: eu-west-1\n${this.#mayBeHard ? '  pulumi:disable-default-providers: ["*"]\n' : ""}` +
      `  releases:account: "111111111111"\n  releases:versions:\n${pins}` +
      this.#times(3, () => `  releases:${this.#pick(KEYS)}: ${this.#scalar()}${this.#comment()}\n`)
    );
  }

  /** Mappings and sequences in each other. */
  #tree(indent: number, depth: number): string {
    const margin = " ".repeat(indent);
    if (this.#below(3) === 0) {
      return this.#times(3, () => {
        const nested = depth < 4 && this.#below(4) === 0;
        const item = nested ? this.#tree(indent + 2, depth + 1).trimStart() : `${this.#scalar()}\n`;
        return `${margin}- ${item}`;
      });
    }
    const first = this.#below(KEYS.length);
    return this.#times(4, (index) => {
      const key =
        this.#mayBeHard && this.#below(12) === 0
          ? this.#pick(HARD_KEYS)
          : (KEYS[(first + index) % KEYS.length] ?? "");
      if (depth >= 4 || this.#below(3) > 0) {
        return `${margin}${key}: ${this.#scalar()}${this.#comment()}\n`;
      }
      return `${margin}${key}:${this.#comment()}\n${this.#tree(indent + this.#below(4), depth + 1)}`;
    });
  }

  #hard(): string {
    return this.#times(6, () => `${this.#pick(["", "", "  ", "    "])}${this.#pick(HARD_LINES)}\n`);
  }

  #damage(text: string): string {
    const lines = text.split("\n");
    const line = this.#below(lines.length);
    const at = this.#below(text.length + 1);
    switch (this.#below(13)) {
      case 0:
        return text.slice(0, at) + text.slice(at + 1);
      case 1:
        return text.slice(0, at) + this.#pick(CHARACTERS) + text.slice(at);
      case 2:
        lines.splice(line, 0, lines[this.#below(lines.length)] ?? "");
        return lines.join("\n");
      case 3:
        lines.splice(line, 1);
        return lines.join("\n");
      case 4:
        lines[line] = this.#pick([" ", "  ", "    ", "\t"]) + (lines[line] ?? "");
        return lines.join("\n");
      case 5:
        lines[line] = (lines[line] ?? "").replace(/^ {1,2}/, "");
        return lines.join("\n");
      case 6:
        lines.splice(line, 0, this.#pick(["", "", "    "]) + this.#pick(HARD_LINES));
        return lines.join("\n");
      case 7:
        lines[line] =
          `${lines[line] ?? ""}${this.#pick([" ", "   ", " # c", "#c", " #", "\r", "\t"])}`;
        return lines.join("\n");
      case 8:
        lines.splice(line, 0, this.#pick(["", "  ", "# c", "      # c", " ", "#"]));
        return lines.join("\n");
      case 9:
        return text.replace(/\n$/, "");
      case 10:
        return this.#below(8) === 0 ? text.replaceAll("\n", "\r\n") : text;
      case 11:
        lines[line] = (lines[line] ?? "").replace(/: .*$/, () => `: ${this.#scalar()}`);
        return lines.join("\n");
      default:
        return this.#below(8) === 0
          ? this.#pick(["\uFEFF", "---\n", "%YAML 1.1\n---\n"]) + text
          : text;
    }
  }
}

const KEYS = ["a", "b", "c", "image", "tag", "x-y", "a.b", "a/b", "e1", "aws:region", "A_1"];
const HARD_KEYS = [
  ...[
    "__proto__",
    "constructor",
    "toString",
    "k:",
    "true",
    "null",
    "1",
    "01",
    "<<",
    "~",
    '"a"',
    "'b'",
  ],
  ...["? a", "&x a", "*x", "!!str a", "- a", "a b", "hasOwnProperty", "1.0", "[a]", "{a: 1}", "a#"],
];
const SCALARS = [
  ...[
    "a",
    "v1.2.3",
    "main",
    "true",
    "false",
    "1",
    "0",
    "42",
    "999999999999999",
    "feature/x",
    "a:b",
  ],
  ...[
    '"a"',
    "'a'",
    '""',
    "''",
    '"a b: c # d"',
    "'x # y'",
    "https://acme.example/x",
    "v1.2.3@sha256:ab",
  ],
  ...[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "e10",
    "a-b_c.d+e",
    '"v{version}"',
    "x1",
    "Infinity",
    "nan",
  ],
];
const HARD_SCALARS = [
  ...[
    "null",
    "~",
    "",
    "True",
    "FALSE",
    "Null",
    "NULL",
    "-1",
    "1.5",
    "01",
    "0x10",
    "0o7",
    "1e3",
    "+1",
  ],
  ...[
    ".inf",
    ".nan",
    "1_000",
    "12:30",
    "2026-12-19",
    "1000000000000000",
    "9007199254740993",
    "a b",
  ],
  ...[
    '"a\\nb"',
    "'it''s'",
    '"unended',
    "'unended",
    '"a" b',
    "a: b",
    "a:",
    "a #b",
    "a#b",
    "&x a",
    "*x",
  ],
  ...[
    "!!str 1",
    "! a",
    "!t a",
    "|",
    ">",
    "|-\n    x",
    ">+\n  y\n",
    "[a, b]",
    "{ a: b }",
    "[",
    "]",
    "{",
  ],
  ...[
    "@a",
    "`a`",
    "%a",
    "- a",
    "? a",
    "--- a",
    "...",
    "é",
    "🚀",
    "\u0000",
    "a\tb",
    "a\u00a0b",
    "\u2028",
  ],
  ...[
    "a,b",
    "a]",
    "-",
    "--",
    "-a",
    ":a",
    "?a",
    "a\n  b",
    '"a\n  b"',
    "12ab",
    "1 2",
    "0 # c",
    "0#c",
  ],
];
const HARD_LINES = [
  ...["---", "...", "%YAML 1.2", "%TAG ! x", "# c", "#", "a: &x 1", "b: *x", "- *x", "c: *nothing"],
  ...[
    "<<: *x",
    "&m",
    "- &n a",
    "!!map",
    "a: !!int 1",
    "a: |",
    "a: >-",
    "  text",
    "\ttext",
    "a:\tb",
  ],
  ...[
    "? a",
    ": b",
    "? [a]",
    "[a, b]",
    "{ a: 1, a: 2 }",
    "{ a: [b, { c: d }] }",
    "[",
    "}",
    '"',
    "'",
  ],
  ...["a", "a b", "- a", "- - a", "-", "-\ta", "- a: 1", "-  a", "a:", "a: a: a", "a: 1", '"a": 1'],
  ...[
    "a : 1",
    "a :b",
    "x:y",
    "- x:y",
    "- x: ",
    "- x:",
    "a: - b",
    "\u0000",
    "é: 1",
    "a: \u0007",
    "a:  b",
  ],
  ...[
    "__proto__: 1",
    "- __proto__: {}",
    `${"k".repeat(1030)}: 1`,
    "[".repeat(260),
    "- ".repeat(260),
  ],
];
const CHARACTERS = [
  ..." \t\n\r:-#?,[]{}&*!|>'\"%@`~0129aZ_.\\/+=<é\u0000\u0007\u0085\u00a0\u2028\uFEFF",
  ...[": ", " #", "- ", "\n\n", "\n  ", "\r\n", '"a"'],
];
