import type { DateObjectUnits, DateTime, WeekdayNumbers } from "luxon";

/** A period in which nothing of an environment changes: once, or every week. */
export type Freeze =
  | { readonly reason: string; readonly from: string; readonly until: string }
  | { readonly reason: string; readonly every: Weekly; readonly zone: string };

/** A period of each week, by the clocks on the wall. It may go over the week's end. */
export interface Weekly {
  readonly start: WeekTime;
  readonly end: WeekTime;
}

/** A time of each week; Monday is 1, as in ISO 8601. */
type WeekTime = Required<Pick<DateObjectUnits, "weekday" | "hour" | "minute">>;

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const TIME = `(?:${DAYS.join("|")}) (?:[01]\\d|2[0-3]):[0-5]\\d`;

/** How a period of each week is written: `Fri 16:00 - Mon 08:00`. */
export const WEEKLY = new RegExp(`^${TIME} - ${TIME}$`);

/** Returns a period of each week; undefined for a text that is none, and where it ends when it starts. */
export function parseWeekly(text: string): Weekly | undefined {
  const [start = "", end = ""] = text.split(" - ");
  if (!WEEKLY.test(text) || start === end) return undefined;
  return { start: weekTime(start), end: weekTime(end) };
}

function weekTime(text: string): WeekTime {
  const [day = "", hour, minute] = text.split(/[ :]/);
  const weekday = (DAYS.indexOf(day) + 1) as WeekdayNumbers;
  return { weekday, hour: Number(hour), minute: Number(minute) };
}

/** Whether a text is a zone of the IANA database, which knows its daylight saving: `Europe/Berlin`. */
export function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return /^[A-Z]/.test(text);
  } catch {
    return false;
  }
}

/** Returns when the period of a freeze that a time is in ends; undefined where it is in none. */
export function frozenUntil(freeze: Freeze, now: Date): Date | undefined {
  const periods =
    "every" in freeze
      ? weeksAround(freeze.every, luxon().DateTime.fromJSDate(now, { zone: freeze.zone }))
      : [[Date.parse(freeze.from), Date.parse(freeze.until)] as const];
  const current = periods.find(([from, until]) => from <= now.getTime() && now.getTime() < until);
  return current && new Date(current[1]);
}

/** Returns the periods that begin in a time's week, and in the one before. */
function weeksAround({ start, end }: Weekly, now: DateTime): (readonly [number, number])[] {
  return [0, 1].map((before) => {
    const week = now.minus({ weeks: before });
    const from = week.set(start);
    const sameWeek = week.set(end);
    const until =
      sameWeek.toMillis() > from.toMillis() ? sameWeek : week.plus({ weeks: 1 }).set(end);
    // Where clocks are set back a time comes twice, and it is frozen from the first until the second.
    return [Math.min(...comings(from)), Math.max(...comings(until))];
  });
}

function comings(time: DateTime): number[] {
  return time
    .set({ second: 0, millisecond: 0 })
    .getPossibleOffsets()
    .map((one) => one.toMillis());
}

/** Loaded when a period of each week is asked: most paths have none. */
const luxon = () => require("luxon") as typeof import("luxon");
