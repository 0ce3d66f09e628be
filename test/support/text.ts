/**
 * Returns a template's text without the indentation that its lines share and without its first line
 * break, so that YAML can stand in a test the way that it stands in a file.
 */
export function text(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  const lines = strings.join("").split("\n").slice(1);
  const indentations = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const shared = new RegExp(`\n {0,${Math.min(...indentations)}}`, "g");
  const whole = strings
    .map((part, index) => part.replaceAll(shared, "\n") + (parts[index] ?? ""))
    .join("");
  return whole.replace(/^\n/, "").replace(/\n *$/, "\n");
}
