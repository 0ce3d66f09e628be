const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units, largest first, each with the least age in which people count by it. */
const UNITS = [
  ["year", 365 * DAY, 730 * DAY],
  ["month", 30 * DAY, 60 * DAY],
  ["week", 7 * DAY, 14 * DAY],
  ["day", DAY, 2 * DAY],
  ["hour", HOUR, HOUR],
  ["minute", MINUTE, 0],
] as const;

/** Returns how long ago a time is, in words: `3 days`, `1 hour`, `0 minutes` for the future. */
export function ageInWords(since: Date, now: Date): string {
  const age = Math.max(0, now.getTime() - since.getTime());
  const [unit, length] = UNITS.find(([, , least]) => age >= least) ?? ["minute", MINUTE];
  const number = Math.floor(age / length);
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
