/**
 * What a text of a signer's certificate must be: an equal text, or what an anchored pattern matches as a whole.
 * Made by `parseTextRule` alone, so that no rule matches more than it says.
 */
export interface TextRule {
  /** As it was written. */
  readonly text: string;
  readonly matches: (value: string) => boolean;
}

/** Why a text is no rule, as the remedy says it. */
export interface RuleProblem {
  readonly problem: string;
}

/** Characters of patterns that no exact text of a certificate has. */
const LOOKS_LIKE_A_PATTERN = /[*|\\()[\]{}^$]/;

/** Texts that somebody else's certificate could have: a rule that matches one of them says nothing. */
const ANYBODY = [
  "",
  "x",
  "https://example.com/x",
  "https://token.actions.githubusercontent.com.example.com",
  "someone/something",
  "someone/something/.github/workflows/release.yml",
  "https://github.com/someone/something/.github/workflows/release.yml@refs/heads/main",
  "someone@example.com",
];

/** Groups that newer versions of Node.js alone know, such as `(?i:...)`: a rule is the same on all of them. */
const MODIFIERS = /\(\?[a-z-]+:/;

/**
 * Returns the rule of a text: with `^` in front and `$` at its end a regular expression of JavaScript, which
 * must match all of a value; else the value itself. Returns what is wrong where the text would match more than
 * its author can mean: half an anchor, an unescaped dot for one character, a pattern for everything.
 */
export function parseTextRule(text: string): TextRule | RuleProblem {
  if (text !== text.trim()) {
    return { problem: "one with a space or an empty line at an end, which no certificate has" };
  }
  const starts = text.startsWith("^");
  const ends = /(?:^|[^\\])(?:\\\\)*\$$/.test(text);
  if (!starts && !ends) {
    if (text === "") return { problem: "empty, which no certificate has; leave it out" };
    if (!LOOKS_LIKE_A_PATTERN.test(text)) return { text, matches: (value) => value === text };
    return { problem: "neither; write a pattern as ^...$" };
  }
  if (!starts || !ends) {
    return { problem: "a pattern that isn't anchored at both ends; write it as ^...$" };
  }
  const inner = text.slice(1, -1);
  if (hasLooseDot(inner)) {
    return { problem: String.raw`a pattern in which "." is any character; write \. for a dot` };
  }
  // In a group, so that an alternative is anchored as well.
  const expression = compiled(`^(?:${inner})$`);
  if (expression === undefined || MODIFIERS.test(inner))
    return { problem: "not a regular expression of JavaScript" };
  if (ANYBODY.some((value) => expression.test(value))) {
    return { problem: "a pattern that matches anybody's; name what all of them begin with" };
  }
  return { text, matches: (value) => expression.test(value) };
}

function compiled(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "u");
  } catch {
    return undefined;
  }
}

/** Whether a pattern has a dot that stands for exactly one character: hardly ever meant, as in `github.com`. */
function hasLooseDot(pattern: string): boolean {
  const bare = pattern.replace(/\\./gsu, "_").replace(/\[[^\]]*\]/gu, "_");
  return /\.(?![*+?{])/u.test(bare);
}
