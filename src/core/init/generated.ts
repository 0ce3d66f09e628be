import { Ref } from "../ref";
import type { Repository } from "../repository";
import { environmentOf } from "../stack/config";
import { asMapping } from "../mapping";
import { wavesOf } from "../waves";
import type { Texts } from "./starter";

/** Which pipelines a repository has. */
export type Pipelines = "github" | "none";

/** The versions of what a new repository depends on. */
export interface Tool {
  readonly version: string;
  /** Where package.json gets it from: its version, a packed file, or a repository. */
  readonly source: string;
  /** Of `@pulumi/pulumi`, which a project depends on itself. */
  readonly pulumi: string;
  /** The range of Node.js. */
  readonly node: string;
}

/**
 * Returns the files that are written once and belong to the company from then on: the project, and with pipelines
 * the one of administrators.
 * @param name of the Pulumi project
 */
export function projectFiles(
  templates: Texts,
  { environments }: Repository,
  tool: Tool,
  { name, pipelines }: { readonly name: string; readonly pipelines: Pipelines },
): Texts {
  const path = [...(environments?.keys() ?? [])];
  const [first = "STACK", second = "ENVIRONMENT"] = path;
  const last = path.at(-1) ?? "";
  const listed = path.length > 1 ? `${path.slice(0, -1).join(", ")} and ${last}` : last;
  const words = { ...tool, name, first, second, environments: listed };
  return new Map(
    [...PROJECT, ...(pipelines === "none" ? [] : ADMINISTRATION)].map((file) => [
      file,
      filled(template(templates, file), words),
    ]),
  );
}

const PROJECT = ["Pulumi.yaml", "package.json", "README.md"];

const ADMINISTRATION = ["bootstrap/Pulumi.yaml"];

/** Returns the files that a newer version of the tool may write anew, as this version has them. */
export function generatedFiles(
  templates: Texts,
  repository: Repository,
  pipelines: Pipelines,
): Texts {
  const files = [
    ["index.js", template(templates, "index.js")],
    [".gitignore", template(templates, "gitignore")],
  ] as const;
  if (pipelines === "none") return new Map(files);
  const workflows = [...templates].flatMap(([name, text]) => {
    if (!name.startsWith("workflows/")) return [];
    if (name === RESOLVE && !followsAnything(repository)) return [];
    return [[`.github/${name}`, withWaves(withBranches(text, repository), repository)] as const];
  });
  return new Map([
    ...files,
    ["bootstrap/index.js", template(templates, "bootstrap/index.js")],
    [".node-version", template(templates, "node-version")],
    [".github/CODEOWNERS", ownersOf(repository)],
    ...workflows,
  ]);
}

/** The workflow that pins services to what they follow. */
const RESOLVE = "workflows/resolve.yml";

/** Whether a definition follows a range or a branch, or has previews. */
function followsAnything({ list }: Repository): boolean {
  return list.some(({ deploy, preview }) => {
    return deploy.strategy === "range" || deploy.strategy === "branch" || preview;
  });
}

function template(templates: Texts, name: string): string {
  const text = templates.get(name);
  if (text === undefined) throw new Error(`there is no template ${name}`);
  return text;
}

function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => words[word] ?? "");
}

/**
 * Returns a workflow that starts when a branch moves that an environment is deployed from, or that looks at each of
 * these. Without any it looks at the default branch.
 */
function withBranches(text: string, { environments }: Repository): string {
  const refs = [...(environments?.values() ?? [])].flatMap(({ ref }) => ref ?? []);
  const branches = [...new Set(refs)].filter((ref) => !Ref.ofEnvironment(ref).isPattern);
  const listed = `[${branches.map((branch) => JSON.stringify(branch)).join(", ")}]`;
  const pushed = text.replace(
    /(\n {2}push:\n {4}branches: )\[[^"\n]*\]/,
    (_, start: string) => start + listed,
  );
  if (branches.length === 0) return pushed;
  return pushed.replace(
    /(\n {6}matrix:\n {8}branch: )\[[^"\n]*\]/,
    (_, start: string) => start + listed,
  );
}

/** What a workflow has for each wave of a deployment: a line among the outputs, and a job. */
const OF_A_WAVE = [/^ {6}wave(\d+): .*\n/gm, /\n {2}wave(\d+):\n(?: {4}.*\n|\n(?= {4}))+/g];

/** Returns a workflow that deploys in as many waves as the promotion path is long: those after the first as its second. */
function withWaves(text: string, { environments }: Repository): string {
  const waves = environments && wavesOf(environments, new Set(environments.keys()));
  const count = waves?.length ?? 1;
  const later = Array.from({ length: count - 1 }, (_, index) => index + 2);
  const numbered = (second: string, wave: number): string =>
    second.replaceAll(/\bwave[12]\b/g, (name) => `wave${wave - 2 + Number(name.at(-1))}`);
  const repeated = (found: string, wave: string): string => {
    if (wave === "1") return found;
    return wave === "2" ? later.map((each) => numbered(found, each)).join("") : "";
  };
  const counted = text.replace(/(?<= --waves )\d+/, String(count));
  // An anchor that no alias names is refused by linters.
  const named = count > 1 ? counted : counted.replace(/(?<=^ {4}steps:) &\w+$/m, "");
  return OF_A_WAVE.reduce((workflow, piece) => workflow.replaceAll(piece, repeated), named);
}

/** Returns owners: of the list, and of everything that decides about the last environments, which are others. */
function ownersOf({ environments, stacks }: Repository): string {
  const upstream = new Set([...(environments?.values() ?? [])].flatMap(({ from }) => from));
  const values = [...stacks.values()];
  const [owner = "OWNER"] = values.flatMap(({ values }) => {
    const { owner } = asMapping(values["github"]);
    return typeof owner === "string" ? [owner] : [];
  });
  const early = values.filter((each) => upstream.has(environmentOf(each)));
  const paths = [
    "/service/",
    "/infrastructure/",
    ...early.map(({ stack }) => `/Pulumi.${stack}.yaml`).sort(),
  ];
  const width = Math.max(...paths.map((path) => path.length));
  const line = (path: string, team: string): string => `${path.padEnd(width)} @${owner}/${team}`;
  return `# The last pattern that matches decides. Whoever edits a version can't approve its promotion: what isn't named below
# decides about the last environment, or runs with the rights of a deployment. So does the config of a new stack.
${line("*", "release-managers")}

${paths.map((path) => line(path, "engineering")).join("\n")}
`;
}
