import type { Dice } from "../support/random-history";

/** Files of a repository by path. */
export type ListFiles = Readonly<Record<string, string>>;

const NAMES = ["orders", "splits-lite", "alloy", "shop_2", "web.app", "k2"];

const GITHUBS = [
  ...["Orders_2.0", '"specta"', "'a'", "-dash", "123", "2026", "1.5", "true", "1_000"],
  ...["0x1F", "1.10", "1e3", "0400", "True", ".inf", "-1", "+1", "'.hidden'", "a.git", "a b"],
  ...["ä", '""', "null", "~", "", "[a]", "{ a: b }", "!!str 12", "constructor", "|\n    a", "&x a"],
  "g".repeat(100),
  "g".repeat(101),
  "2020-01-01",
];

const DOCKERS = [
  ...["shop/orders", "Orders", "a--b", "a__b", "a..b", "ghcr.io/acme/x", "localhost/x", "3scale"],
  ...["456", "1.5", "007", "0xAF", "false", '""', "null", "/a", "a/", "a:v1", "a@b", "toString"],
  "d".repeat(54),
  "d".repeat(110),
  "d".repeat(230),
  "d".repeat(256),
];

const PROVIDERS = [
  "cloudformation",
  '"cloudformation"',
  "terraform",
  '""',
  "null",
  "12",
  "Cloudformation",
];

const RELEASES = [
  ...["v0.5.3", '"v1.2.3"', "v1.12.2-ce60d74", "v1", "v1.2", "v1.2.3-rc.1", "v1.2.3-rc.10.x"],
  ...[
    "v1-ab",
    "v1.2-rc",
    "v1.2.3+b1",
    "v1+b",
    "1.2.3",
    "V1.2.3",
    "v01.2.3",
    "v1.2.3-01",
    "v1.2.3-0a",
  ],
  ...[
    "v99999999999999999999.0.0",
    "v1.2.3-99999999999999999999",
    "latest",
    '" v1"',
    "v1.2.3.4",
    "12",
  ],
  ...["1.10", '""', "null", "v1.2.", "v1.2.3-", "v1.2.3-a_b", "v1.2.3-ä", "[v1]", "v1.0.0 # why"],
  `v1.0.0-${"a".repeat(121)}`,
  `v1.0.0-${"a".repeat(122)}`,
];

const BRANCHES = [
  "main",
  "feature/x",
  '"a b"',
  "TODO",
  "123",
  "1.5",
  "1.10",
  "true",
  "True",
  "2020-01-01",
  '""',
  "null",
  "' '",
  '"a\\nb"',
  "[a]",
];

const FLAGS = ["true", "true", "true", "false", "null", '"true"', "yes", "1", "True", '""'];

const FOREIGN = [
  ...[
    "owner: shop",
    "note: [1, 2]",
    "labels: { a: b }",
    "Docker: x",
    "deploys: { a: 1 }",
    "x-y: |\n    text",
  ],
  ...[
    "1: a",
    "true: a",
    "null: a",
    '"": a',
    "? [a]\n  : b",
    "a: { b: 1, b: 2 }",
    "__proto__: 1",
    "constructor: 1",
  ],
  ...[
    "name: other",
    "name: Bad Name",
    "team: [a]",
    "values: 5",
    "requires: { gone: '*' }",
    "environments: []",
  ],
];

const FOREIGN_STRATEGIES = [
  "canary: true",
  "weight: 5",
  "range: ^1",
  "range: newest",
  "Release: v1",
  "constructor: 1",
];

/** What a whole file may be besides a list. */
const ODD_FILES = [
  ...[
    "",
    "\n\n",
    "# Nothing yet.\n",
    "---\n",
    "null\n",
    "~\n",
    "[]\n",
    "[ ]\n# none\n",
    "---\n...\n",
    "{}\n",
    '""\n',
  ],
  ...[
    "text\n",
    "a: 1\n",
    "- null\n",
    "- text\n",
    "- []\n",
    "- {}\n",
    "-\n",
    "[",
    "\t- github: a\n",
    "- a: [\n",
    "%YAML 1.2\n---\n[]\n",
  ],
];

const PATHS = [
  ...[
    "service/shop.yaml",
    "service/shop.yaml",
    "service/shop.yaml",
    "infrastructure/base.yaml",
    "service/team/a.yaml",
  ],
  ...[
    "services/a.yaml",
    "service-old/a.yaml",
    "infrastructure2/x/a.yaml",
    "more.yaml",
    ".hidden.yaml",
  ],
  ...[
    "service/.hidden.yaml",
    "service/.team/a.yaml",
    "other/a.yaml",
    "service/a.yml",
    "service/a.YAML",
    "README.md",
  ],
  ...["service.yaml", ".github/workflows/a.yaml"],
];

/** Returns a repository's list as somebody might write it, with a mistake or none, or something else that is odd. */
export function randomList(dice: Dice): ListFiles {
  const files: Record<string, string> = {};
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const path = dice.once(3) ? dice.one(PATHS) : `service/${dice.one(NAMES)}.yaml`;
    files[path] = dice.once(8) ? dice.one(ODD_FILES) : listText(dice);
  }
  return files;
}

function listText(dice: Dice): string {
  // Of most lists everything but one part is sound: the first mistake is all that Kayron says.
  let odd = dice.below(3);
  const isOdd = (): boolean => odd > 0 && dice.once(4) && odd-- > 0;
  const entries = Array.from({ length: 1 + dice.below(3) }, () => entryText(dice, isOdd));
  if (isOdd()) entries.push(dice.one(entries));
  const text = entries.join(dice.one(["", "\n", "# more\n"]));
  return isOdd() ? framed(text, dice) : text;
}

/** Returns a list in a document that is more than a list. */
function framed(text: string, dice: Dice): string {
  return dice.one([
    `---\n${text}`,
    `${text}...\n`,
    `${text}---\n`,
    `${text}---\n${text}`,
    `${text}---\na: 1\n`,
    `${text}---\na: 1\na: 2\n`,
    `${text}---\n[\n`,
    `---\n---\n${text}`,
    `${text}---\n${text}---\n${text}`,
    `\uFEFF${text}`,
    text.replaceAll("\n", "\r\n"),
    text.trimEnd(),
    `- &base\n  github: base\n  docker: base\n  deploy: &d { release: v1.2.3 }\n${text}- { github: last, docker: last, deploy: *d }\n`,
    `- &base\n  github: base\n  docker: base\n  deploy: { release: v1.2.3 }\n- <<: *base\n  github: other\n`,
    `- &base\n  github: base\n  deploy: { release: v1.2.3 }\n- <<: *base\n  docker: other\n`,
    `${text}- *gone\n`,
    text.replace("  ", "\t"),
  ]);
}

function entryText(dice: Dice, isOdd: () => boolean): string {
  const name = dice.once(3) ? `${dice.one(NAMES)}-${dice.below(100)}` : dice.one(NAMES);
  const isTemplate = dice.once(8);
  const lines = [`github: ${isOdd() ? dice.one(GITHUBS) : name}`];
  if (isTemplate) lines.push(`provider: ${isOdd() ? dice.one(PROVIDERS) : "cloudformation"}`);
  if (isOdd() ? dice.once(2) : !isTemplate) {
    lines.push(`docker: ${isOdd() ? dice.one(DOCKERS) : `${name}-${dice.below(1000)}`}`);
  }
  if (!isOdd() || dice.once(2)) lines.push(deployText(dice, isOdd));
  if (isOdd()) lines.push(dice.one(FOREIGN));
  if (isOdd()) lines.push(dice.one(lines));
  const [first = "", ...rest] = dice.once(2) ? lines : [...lines].reverse();
  return `- ${first}\n${rest.map((line) => `  ${line}\n`).join("")}`;
}

function deployText(dice: Dice, isOdd: () => boolean): string {
  const strategies = [strategyText(dice, isOdd)];
  if (isOdd()) strategies.push(strategyText(dice, isOdd));
  if (isOdd()) strategies.push(`preview: ${dice.one(FLAGS)}`);
  if (isOdd()) strategies.push(dice.one(FOREIGN_STRATEGIES));
  if (isOdd())
    return dice.one(["deploy:", "deploy: {}", "deploy: []", "deploy: v1.2.3", "deploy: ''"]);
  const isFlow = dice.once(2) && strategies.every((line) => !/[[{#|]|: *$/.test(line));
  if (isFlow) return `deploy: { ${strategies.join(", ")} }`;
  return `deploy:\n${strategies.map((line) => `    ${line}`).join("\n")}`;
}

function strategyText(dice: Dice, isOdd: () => boolean): string {
  const kind = dice.below(8);
  if (kind === 0) return `branch: ${isOdd() ? dice.one(BRANCHES) : "main"}`;
  if (kind === 1) return `suspend: ${isOdd() ? dice.one(FLAGS) : "true"}`;
  if (kind === 2) return `preview: ${isOdd() ? dice.one(FLAGS) : "true"}`;
  return `release: ${isOdd() ? dice.one(RELEASES) : `v${dice.below(3)}.${dice.below(9)}.${dice.below(9)}`}`;
}
