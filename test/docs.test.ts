import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import { PROGRAM } from "../src/app/open";
import { Context } from "../src/cli/context";
import { programOf } from "../src/cli/program";
import { definition } from "../src/core/list/definition";
import { environments } from "../src/core/environments-schema";
import { Findings } from "../src/core/input/findings";
import { jsonSchemas } from "../src/core/json-schemas";
import { checkStackValues } from "../src/core/stack/config";
import { STACK_KEYS } from "../src/core/stack/schema";
import { CODES_DOCUMENT, withCodes } from "../tools/codes";
import {
  FIELDS_DOCUMENT,
  fieldsOf,
  withFields,
  type Field,
  type JsonSchema,
} from "../tools/fields";
import {
  consoleCommands,
  documentText,
  DOCUMENTS,
  isOfWalk,
  shellCommand,
} from "./support/documents";
import { GATES_DOCUMENT, withGates } from "../tools/gates";
import { folderOf } from "./support/folder";
import { GIT_ENVIRONMENT, hasGit } from "./support/git";
import { repositoryOf } from "./support/repository";
import { text } from "./support/text";

describe("the documents", () => {
  /** Returns a text whose times and commits, which differ each time, have the same words. */
  function timeless(text: string): string {
    return text
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d\.\d{3})?Z/g, "<time>")
      .replaceAll(/\b[0-9a-f]{12}\b/g, "<commit>");
  }

  it("show what a promotion prints, from a bump to the history of it all", function () {
    if (!hasGit) this.skip();
    // A dozen processes, one after the other.
    const walk = ["README.md", "docs/promotion.md"].flatMap(consoleCommands).filter(isOfWalk);
    assert.ok(walk.length > 10);
    const mark = "-- next --";
    const script = walk.map(({ command }) => `${shellCommand(command)}\necho "${mark}"`);
    const { stdout } = spawnSync("sh", ["-c", `exec 2>&1\n${script.join("\n")}`], {
      cwd: PROGRAM,
      encoding: "utf8",
      env: { ...GIT_ENVIRONMENT, TMPDIR: folderOf({}) },
    });
    const printed = stdout.split(`${mark}\n`).map(timeless);
    assert.deepEqual(
      walk.map(({ command }, index) => ({ command, output: printed[index] })),
      walk.map(({ command, output }) => ({ command, output: timeless(output) })),
    );
  });

  for (const file of DOCUMENTS) {
    it(`name files and headings that exist, in ${file}`, () => {
      assert.deepEqual(brokenLinks(file), []);
      assert.deepEqual(missingPaths(file), []);
    });
  }

  it("have every document of docs/ in the README's table", () => {
    const readme = documentText("README.md");
    const missing = DOCUMENTS.filter((file) => file.startsWith("docs/")).filter(
      (file) => !readme.includes(`| [${file}](${file})`),
    );
    assert.deepEqual(missing, []);
  });
});

/** Returns the links of a document to a file or a heading that doesn't exist. */
function brokenLinks(file: string): string[] {
  const links = [
    ...prose(file)
      .replaceAll(/`[^`\n]*`/g, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [target = "", anchor] = link.split("#");
    const full = target === "" ? file : path.join(path.dirname(file), target);
    if (!fs.existsSync(path.join(PROGRAM, full))) return true;
    return anchor !== undefined && !anchorsOf(full).has(anchor);
  });
}

/** Returns the anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: string): Set<string> {
  const headings = [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/**
 * Returns the paths of this program that a document names and that don't exist, with or without `.ts`
 * or `.md`. A path with a placeholder, `src/app/<name>.ts`, isn't looked for.
 */
function missingPaths(file: string): string[] {
  const rooms = "src|stacks|components|bootstrap|policy|tools|test|schemas|docs|examples|charts";
  const named = new RegExp(String.raw`(?<![\w./*-])(?:${rooms})/[\w./-]*[\w/](?![\w./<*-])`, "g");
  const paths = [...documentText(file).matchAll(named)].map(([found]) => found);
  const kept = paths.filter((found) => !OF_SAMPLE.test(found));
  return kept.filter((found) =>
    ["", ".ts", ".md"].every((ending) => !fs.existsSync(path.join(PROGRAM, found + ending))),
  );
}

/** What a fork may delete, with the sample. */
const OF_SAMPLE = /^test\/(?:expected\/?|sample\.test|docs-of-sample\.test)(?:\.ts)?$/;

/** Returns a document's text without its blocks of code. */
function prose(file: string): string {
  return documentText(file).replaceAll(/^ *```[^]*?^ *```$/gm, "");
}

describe("docs/issue-codes.md", () => {
  it("has the example of every issue code that the tests hold; npm run codes rewrites it", () => {
    const document = fs.readFileSync(CODES_DOCUMENT, "utf8");
    assert.equal(withCodes(document), document);
  });
});

describe("docs/architecture.md", () => {
  it("has the arrows that the linter allows, and no other", () => {
    const config = fs.readFileSync(path.join(PROGRAM, "oxlint.config.js"), "utf8");
    const [, rooms = ""] = /^const MAY_IMPORT = (\{[^]*?^\});/m.exec(config) ?? [];
    // Rooms and their imports are a mapping in YAML's flow style as well.
    const allowed = Object.entries(parse(rooms) as Record<string, readonly string[]>).filter(
      ([room]) => room !== "src/core",
    );
    const [, block = ""] =
      /`MAY_IMPORT`[^]*?```\n([^]*?)```/.exec(documentText("docs/architecture.md")) ?? [];
    const arrows = block
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +─▶ +/));
    assert.deepEqual(
      arrows,
      allowed.map(([room, others]) => [room, others.join(", ") || "src/core"]),
    );
  });

  it("names each room that has a folder", () => {
    const folders = fs
      .readdirSync(path.join(PROGRAM, "src"))
      .map((folder) => `src/${folder}/`)
      .concat("stacks/", "components/", "bootstrap/", "policy/", "tools/", "schemas/", "charts/");
    const [, tree = ""] = /```\n([^]*?)```/.exec(documentText("docs/architecture.md")) ?? [];
    assert.deepEqual(
      folders.filter((folder) => !tree.includes(`\n${folder}`)),
      [],
    );
  });
});

describe("docs/promotion.md", () => {
  it("has the table that the gates make; npm run gates rewrites it", () => {
    const document = fs.readFileSync(GATES_DOCUMENT, "utf8");
    assert.equal(withGates(document), document);
  });
});

describe("docs/commands.md", () => {
  const io = { out: () => undefined, err: () => undefined };
  const program = programOf(new Context(io), "");
  const ci = program.commands.find((command) => command.name() === "ci");
  assert.ok(ci !== undefined);

  /** Returns the commands that the help shows, by name. */
  function visible(parent: Command): Map<string, Command> {
    const commands = parent.createHelp().visibleCommands(parent);
    return new Map(commands.map((command) => [command.name(), command]));
  }

  /** Returns the examples of a table of commands, by command. */
  function examplesAfter(heading: string): Map<string, string> {
    const [, part = ""] = documentText("docs/commands.md").split(`${heading}\n`);
    const [table = ""] = part.split("\n## ");
    const rows = table.matchAll(/^\| `([a-z-]+)` .*\| `(releases .+)` +\|$/gm);
    return new Map([...rows].map(([, name = "", example = ""]) => [name, example]));
  }

  for (const { parent, heading, start } of [
    { parent: program, heading: "# Commands", start: "releases" },
    { parent: ci, heading: "## The steps of pipelines", start: "releases ci" },
  ]) {
    const commands = visible(parent);
    const examples = examplesAfter(heading);

    it(`lists every command that ${start} --help lists, and no other`, () => {
      assert.deepEqual([...examples.keys()], [...commands.keys()]);
    });

    it(`has an example of each command of ${start} with options that it has`, () => {
      for (const [name, example] of examples) {
        assert.ok(example.startsWith(`${start} ${name}`), example);
        const known = commands.get(name)?.options.map(({ long }) => long) ?? [];
        const given = [...example.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option);
        assert.deepEqual(
          given.filter((option) => !known.some((long) => long === option)),
          [],
          example,
        );
      }
    });
  }

  it("leaves no command out of the README's table", () => {
    const [, part = ""] = documentText("README.md").split("\n## The CLI\n");
    const [table = ""] = part.split("\n## ");
    const firstCells = [...table.matchAll(/^\| (`[a-z][^|]*?) +\|/gm)].map(([, cell = ""]) => cell);
    const named = firstCells.flatMap((cell) =>
      [...cell.matchAll(/`([a-z]+)/g)].map(([, name = ""]) => name),
    );
    assert.deepEqual(named.sort(), [...visible(program).keys()].sort());
  });
});

describe("docs/fields.md", () => {
  const document = fs.readFileSync(FIELDS_DOCUMENT, "utf8");

  it("has the tables that the schemas make; npm run fields rewrites it", () => {
    assert.equal(withFields(document), document);
  });

  it("has a row for every key of a definition, of an environment and of a stack config", () => {
    const keys = [
      ...Object.keys(definition.shape),
      ...Object.keys(environments.shape.environments.valueType.shape).map(
        (key) => `environments.<name>.${key}`,
      ),
      ...[...STACK_KEYS, "webhookSecret"].map((key) => `releases:${key}`),
    ];
    const rows = new Set([...document.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, key]) => key));
    assert.deepEqual(
      keys.filter((key) => !rows.has(key)),
      [],
    );
  });
});

describe("the fields of the schemas", () => {
  const schemas: ReadonlyMap<string, JsonSchema> = jsonSchemas();
  const fieldsOfFile = (file: string) => fieldsOf(schemas.get(file) ?? {});
  const definitionFields = fieldsOf(schemas.get("definitions.schema.json")?.items ?? {});
  const stackFields = fieldsOfFile("stack.schema.json")
    .filter(({ path: key }) => key.startsWith("config.releases:"))
    .map((field) => ({ ...field, path: field.path.replace("config.releases:", "") }));

  it("have a description each", () => {
    const all = [...definitionFields, ...fieldsOfFile("environments.schema.json"), ...stackFields];
    assert.ok(all.length > 80, `${all.length} fields`);
    assert.deepEqual(
      all
        .filter(({ schema }) => (schema.description ?? schema.items?.description ?? "") === "")
        .map(({ path: key }) => key),
      [],
    );
  });

  it("have the defaults that the parsers fill in", () => {
    const defaultsOf = (fields: readonly Field[]): Record<string, unknown> =>
      Object.fromEntries(
        fields.flatMap(({ path: key, schema }) =>
          schema.default === undefined ? [] : [[key, schema.default]],
        ),
      );
    const { list, stacks } = repositoryOf({
      "service/shop.yaml": "- { github: orders, docker: orders, deploy: { release: v1.0.0 } }\n",
      "environments.yaml": "environments: { testing: { accepts: [release] } }\n",
      "Pulumi.testing.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          aws:region: eu-west-1
          releases:account: "111111111111"
          releases:cluster: { context: testing }
          releases:github: { owner: acme }
          releases:registry: { role: source }
          releases:webhook: { url: "https://hooks.acme.example" }
          releases:templates: { bucket: templates }
          releases:previews: { domain: acme.example }
      `,
    });
    const [service] = list;
    assert.ok(service !== undefined);
    assert.deepEqual(defaultsOf(definitionFields), {
      "deploy.preview": service.preview,
      namespace: service.namespace,
      imageValues: service.imageValues,
      timeoutSeconds: service.timeoutSeconds,
      "tags.github": service.tags.github,
      "tags.image": service.tags.image,
      template: service.template,
    });
    const values = stacks.get("testing");
    assert.ok(values !== undefined);
    const config = checkStackValues(values, new Findings(values.from));
    assert.ok(config !== undefined);
    assert.deepEqual(defaultsOf(stackFields), {
      "registry.prefix": config.registry?.prefix,
      "registry.mutableTags": config.registry?.mutableTags,
      "registry.pushes": config.registry?.pushes,
      "webhook.scope": config.webhook?.scope,
      "templates.versions": config.templates?.versions,
      "previews.max": config.previews?.max,
      "previews.maxPerService": config.previews?.maxPerService,
      "previews.ttl": config.previews?.ttl,
      "previews.allow": config.previews?.allow,
    });
  });
});

describe("fieldsOf", () => {
  const anyText: JsonSchema = { type: "string" };
  const pathsOf = (schema: JsonSchema): string[] => fieldsOf(schema).map(({ path: at }) => at);
  const mapping = (properties: Record<string, JsonSchema>): JsonSchema => ({
    type: "object",
    properties,
    additionalProperties: false,
  });

  it("names keys of mappings, of items and of what a map holds", () => {
    assert.deepEqual(
      pathsOf(
        mapping({
          chart: mapping({ version: anyText }),
          freeze: { type: "array", items: mapping({ from: anyText }) },
          holds: { type: "object", additionalProperties: mapping({ reason: anyText }) },
          versions: { type: "object", additionalProperties: anyText },
          parameter: { anyOf: [anyText, mapping({ secure: anyText })] },
        }),
      ),
      [
        "chart",
        "chart.version",
        "freeze",
        "freeze[].from",
        "holds",
        "holds.<name>.reason",
        "versions",
        "versions.<name>",
        "parameter",
        "parameter.secure",
      ],
    );
  });

  it("doesn't descend into a value that refers to itself", () => {
    const values = { type: "object", additionalProperties: { $ref: "#/definitions/json" } };
    assert.deepEqual(pathsOf(mapping({ values })), ["values"]);
  });

  it("tells required keys from others", () => {
    const schema = { ...mapping({ name: anyText, team: anyText }), required: ["name"] };
    assert.deepEqual(
      fieldsOf(schema).map(({ path: at, required }) => [at, required]),
      [
        ["name", true],
        ["team", false],
      ],
    );
  });
});
