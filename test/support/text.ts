/**
 * Returns a template's text without the indentation that its lines share and without its first line
 * break, so that YAML can stand in a test the way that it stands in a file.
 */
export function text(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  const indentation = strings
    .join("")
    .split("\n")
    .slice(1)
    .filter((line) => line.trim() !== "")
    .map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const shared = new RegExp(`\n {1,${Math.max(1, Math.min(...indentation))}}`, "g");
  const [first = "", ...rest] = strings.map((part) => part.replaceAll(shared, "\n"));
  const whole = rest.reduce((before, part, index) => before + (parts[index] ?? "") + part, first);
  return whole.replace(/^\n/, "").replace(/\n *$/, "\n");
}
