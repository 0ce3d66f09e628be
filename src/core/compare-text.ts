/** Orders by code unit, so that no locale changes the order of a list. Negative when `a` comes first. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
