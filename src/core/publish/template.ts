/** What stands for `{{word}}` in a template. */
export type Words = Readonly<Record<string, string>>;

/** A part: a line below its comment, and all lines that are indented more. */
const PART = /^( *)# for: (\w+)\n\1(\S.*\n(?:\1 +.*\n|\n(?=\1 ))*)/gm;

/**
 * Returns the text of a template.
 * @param parts of what stands below a comment `# for: charts`, the words for each time that it is repeated
 */
export function fromTemplate(
  template: string,
  words: Words,
  parts: Readonly<Record<string, readonly Words[]>> = {},
): string {
  const repeated = template.replaceAll(PART, (_, indentation: string, name: string, part: string) =>
    (parts[name] ?? []).map((own) => indentation + filled(part, own)).join(""),
  );
  return filled(repeated, words);
}

/** Returns a text with some words; others stay. */
function filled(text: string, words: Words): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => words[word] ?? whole);
}
