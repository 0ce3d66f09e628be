import { MAX_TAG_LENGTH } from "./limits";
import { isCommit, isDigest, isImageTag, Version, type PinProblem } from "./version";

const HEX = "<64 hex digits>";

/**
 * Returns what was expected of a text that isn't a release: which part of it is wrong, and what would be right.
 * @param ownTag how an image's own tag is pinned; with `{tag}` for the tag
 */
export function expectedRelease(text: string, ownTag: string): string {
  const problem = releaseProblem(text);
  const right = repaired(text);
  const spelled = right === undefined || problem.includes(`"${right}"`) ? "" : `: "${right}"`;
  const pattern =
    problem === NO_V ? `, with tags.image: "{version}" where the image's tag has none` : "";
  const way =
    isImageTag(text) && /\d/.test(text) && problem !== NO_V
      ? `, or ${ownTag.replace("{tag}", tagOf(text))}`
      : "";
  return `${problem}${spelled}${pattern}${way}`;
}

/** Returns what was expected of a text that isn't a pin. */
export function expectedPin(text: string, problem: PinProblem): string {
  if (problem === "mutable-tag-without-digest") {
    return `"${text}@sha256:${HEX}", as ${text} moves`;
  }
  if (problem === "invalid-digest") return `"sha256:" and 64 hex digits in lower case after the @`;
  const [version = "", , ...more] = text.split("@");
  if (more.length > 0) return `one "@", between a version and its digest`;
  if (isDigest(version)) return `a version in front of the digest, "v1.2.3@sha256:${HEX}"`;
  if (/^[0-9a-fA-F]{7,40}$/.test(version) && /[a-fA-F]/.test(version)) {
    const all = isCommit(version.toLowerCase()) ? "in lower case" : "of 40 hex digits";
    return `a commit ${all} with its digest, "<40 hex digits>@sha256:${HEX}", or ${OWN_TAG.replace("{tag}", version)}`;
  }
  const expected = expectedRelease(version, OWN_TAG);
  return text === "" || /^[a-z]+$/i.test(version)
    ? `${expected}, or with its digest "v1.2.3@sha256:${HEX}"`
    : expected;
}

const OWN_TAG = `the image's own tag with its digest, "{tag}@sha256:${HEX}"`;

/** Returns a tag as it is, or a placeholder where only its text after the v may be one. */
function tagOf(text: string): string {
  return /^v\d/i.test(text) ? "<tag>" : text;
}

function releaseProblem(text: string): string {
  const release = `a release such as "v1.2.3"`;
  if (text.length > MAX_TAG_LENGTH)
    return `at most ${MAX_TAG_LENGTH} characters, as a registry's tag has`;
  const [, v = "", numbers = "", suffix] = /^(v?)(\d[\d.]*)(.*)$/i.exec(text) ?? [];
  if (numbers === "") return release;
  const foreign = /[^A-Za-z0-9.-]/.exec(text)?.[0];
  if (foreign === "+") return `no "+", which a registry's tag can't hold`;
  if (foreign !== undefined)
    return `letters, digits, "." and "-" alone, without ${JSON.stringify(foreign)}`;
  const parts = numbers.split(".");
  if (parts.includes("")) return `a number on each side of a dot in "${numbers}"`;
  if (parts.length > 3) return `at most three numbers, and "${numbers}" has ${parts.length}`;
  const zero = parts.find((part) => /^0\d/.test(part));
  if (zero !== undefined) return `no leading zero in "${zero}"`;
  const suffixed = suffixProblem(suffix ?? "");
  if (suffixed !== undefined) return suffixed;
  if (v === "V") return `a small v in front`;
  return v === "" ? NO_V : release;
}

const NO_V = "a v in front";

function suffixProblem(suffix: string): string | undefined {
  if (suffix === "") return undefined;
  if (!suffix.startsWith("-")) return `a dash in front of "${suffix}"`;
  const parts = suffix.slice(1).split(".");
  if (parts.includes("")) return `no empty part in the suffix "${suffix.slice(1)}"`;
  const zero = parts.find((part) => /^0\d+$/.test(part));
  return zero === undefined ? undefined : `no leading zero in the number "${zero}" of the suffix`;
}

/** Returns the release that a text was meant as, where that is clear. */
function repaired(text: string): string | undefined {
  const [, numbers = "", suffix = ""] = /^v?(\d+(?:\.\d+){0,2})(.*)$/i.exec(text) ?? [];
  const plain = numbers.split(".").map((number) => number.replace(/^0+(?=\d)/, ""));
  const dashed = suffix.replace(/^[_+]|^(?=[A-Za-z])/, "-").replaceAll(/[_+]/g, "-");
  const tail = dashed.replaceAll(/(^-|\.)0+(?=\d+(?:\.|$))/g, "$1");
  const right = `v${plain.join(".")}${tail}`;
  return numbers === "" || Version.parse(right) === undefined ? undefined : right;
}
