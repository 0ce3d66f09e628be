/** Returns a number with its noun, in the plural where it needs one. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Returns a text with each of its lines moved to the right by two. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
