/** How a part of a text stands out on a terminal with colors. */
export type Emphasis = "bad" | "warning" | "good" | "faint";

/** Returns a text with an emphasis, as the output shows it. */
export type Style = (emphasis: Emphasis, text: string) => string;

/** The style of everything that isn't a terminal with colors. */
export const PLAIN: Style = (_, text) => text;
