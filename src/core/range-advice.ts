import { isRange } from "./version";

/** Ranges as Masterminds' library has them, which Helm, Flux and Kargo use. */
const MASTERMINDS = "Helm, Flux and Kargo";

/** A suffix of a version in a range, `-rc.1` of `>=1.2.0-rc.1`; the dash of `1.2 - 2` has spaces around it. */
const PRERELEASE = /[\dxX*]-[0-9A-Za-z]/;

/** `>x`, `<=*` and `^x`, and `x - 2`. */
const ANY_WITH_OPERATOR = /[<>^]=?\s*[vV]?[xX*]|[vV]?[xX*][^|\s]*\s+-\s|\s-\s+[vV]?[xX*]/;

/** Nothing on one side of `||`, as it is left of `^1 || ^2` when a part is removed. */
const EMPTY_PART = /^\s*\|\||\|\|\s*(?:\|\||$)/;

/** `^=1`, `> =1`, and `=1 - 2`: operators that node-semver puts together, or leaves out. */
const SEVERAL_OPERATORS = /[~^=]\s*=|[<>](?:\s+|=\s*)=|~\s+>|=\s*[^\s|]+\s+-\s|\s-\s+=/;

/** Returns what was expected of a text that isn't a semver range: what of it only others understand, and what to write. */
export function expectedRange(text: string): string {
  const found = FOREIGN.find(([pattern]) => pattern.test(text));
  const range = `a semver range, such as "^1.2" or ">=0.5"`;
  if (found === undefined) return range;
  const [, problem, repair] = found;
  const right = repair?.(text);
  const spelled = right !== undefined && isRange(right) ? `: ${JSON.stringify(right)}` : "";
  return `a semver range; ${problem}${spelled}`;
}

type Repair = (text: string) => string;

/** What only Masterminds' ranges have. */
const FOREIGN: readonly (readonly [RegExp, string, Repair?])[] = [
  [
    /!=/,
    `"!=" isn't in it: write what is left, as in "<1.2.3 || >1.2.3", or add the version to "rejected" of environments.yaml`,
  ],
  [
    /,/,
    `a comma isn't in it: write a space for "and"`,
    (text) => text.replaceAll(/\s*,\s*/g, " ").trim(),
  ],
  [
    /=[<>]/,
    `its operators are ">=" and "<="`,
    (text) => text.replaceAll("=>", ">=").replaceAll("=<", "<="),
  ],
  [
    /^\s*[vV]?[\dxX*]+(?:\.[\dxX*]+){0,2}-[vV]?\d+(?:\.\d+){0,2}\s*$/,
    "a range from one version to another has spaces around its dash",
    (text) => text.replace("-", " - "),
  ],
  [
    PRERELEASE,
    "a version with a suffix has three numbers",
    (text) =>
      text.replaceAll(/(?<![\d.])(\d+(?:\.\d+)?)(?=-[0-9A-Za-z])/g, (numbers) =>
        numbers.includes(".") ? `${numbers}.0` : `${numbers}.0.0`,
      ),
  ],
];

/** Returns how a range is read by others than here; undefined where all read it alike. */
export function otherReading(range: string): string | undefined {
  if (EMPTY_PART.test(range)) {
    return `has nothing beside "||", which is any version here, and wrong for ${MASTERMINDS}; write "*", or remove the "||"`;
  }
  if (SEVERAL_OPERATORS.test(range)) {
    return `has several operators for one version, which is wrong for ${MASTERMINDS}; leave one of them`;
  }
  if (PRERELEASE.test(range)) {
    return `has a pre-release; for ${MASTERMINDS} it takes pre-releases of every version then, and here only those of the same three numbers`;
  }
  if (ANY_WITH_OPERATOR.test(range)) {
    return `has an operator in front of any version, which ${MASTERMINDS} read differently; write what it is to mean, "*" or numbers`;
  }
  if (/~>?\s*[vV=]?0\.0\.0(?![\d.])/.test(range)) {
    return `has ~0.0.0, which is any version for ${MASTERMINDS}, and here one below 0.1.0`;
  }
  return undefined;
}
