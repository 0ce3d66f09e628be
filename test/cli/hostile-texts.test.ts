import assert from "node:assert/strict";
import type { StackChanges } from "../../src/app/report/change-report";
import type { Notice } from "../../src/app/reporter";
import { guarded, type Io } from "../../src/cli/io";
import { main } from "../../src/cli/main";
import type { Proposal } from "../../src/core/promotion/proposal";
import type { Status } from "../../src/core/promotion/status";
import { changeText } from "../../src/format/change-report";
import { formatDrift } from "../../src/format/drift";
import { formatNotice } from "../../src/format/notices";
import { formatStack } from "../../src/format/plan";
import { formatEdit, formatRefusals } from "../../src/format/proposal";
import { statusText } from "../../src/format/status";
import type { Style } from "../../src/format/style";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { hostileTexts } from "../support/hostile-texts";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

/** A style that no foreign text has, so that what is left of it is somebody else's. */
const [ON, OFF] = ["\u001b[38;5;201m", "\u001b[39m"];
const STYLE: Style = (_, text) => ON + text + OFF;

/**
 * Returns what a terminal and a runner of GitHub Actions would do with an output besides showing it.
 * The runner's rules are those of its ActionCommand.cs: TryParseV2 and TryParse.
 */
function commandsIn(output: string): string[] {
  const text = output.replaceAll(ON, "").replaceAll(OFF, "");
  const hidden = text.match(
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
  );
  const lines = text.split("\n").filter((line) => /^\s*::/.test(line) || line.includes("##["));
  return [...(hidden ?? []).map((character) => JSON.stringify(character)), ...lines];
}

/** An output that keeps what is written. */
function listening(style?: Style): Io & { readonly written: string[] } {
  const written: string[] = [];
  const keep = (text: string): void => void written.push(text);
  return { written, out: keep, err: keep, ...(style !== undefined && { style }) };
}

/** Returns what commands print about values whose texts are all of a stranger. */
const PRINTED: readonly ((text: string, style: Style | undefined) => string)[] = [
  (text) => {
    const changes: StackChanges = {
      environment: text,
      isLast: true,
      moves: [
        { name: text, from: text, to: text, step: "patch", fromDigest: null, toDigest: text },
      ],
      changes: [
        {
          ...{ op: "delete", type: text, name: text, urn: text },
          properties: [{ path: text, from: text, to: { [text]: text } }],
        },
      ],
      refused: [{ gate: "order", service: text, reason: text, passesAt: null }],
      advice: [text],
      pending: [
        { gate: "same-digest", service: text, reason: text, passesAt: null, version: text },
      ],
      manifests: [{ name: text, diff: "", problem: null, isRefused: false }],
    };
    return changeText({
      since: "0".repeat(40),
      fingerprint: "",
      path: [text],
      breakGlass: text,
      stacks: { [text]: changes },
    });
  },
  (text, style) => {
    const cell = {
      ...{
        version: text,
        digest: null,
        chart: null,
        chartVersion: null,
        unknown: false,
        since: null,
        behind: "patch" as const,
      },
      ...{ next: text, comparison: null, held: true, blocked: [text], tree: text, differs: true },
    };
    const one = { version: text, digest: text, chart: text, chartVersion: text, held: true };
    const stacks = { [text]: { ...one, tree: text }, other: { ...one, tree: text } };
    const status: Status = {
      environments: ["testing"],
      services: [{ name: text, team: text, cells: { testing: { ...cell, stacks } } }],
    };
    return statusText(status, style, 10_000) + statusText(status, style, 1);
  },
  (text) => {
    const proposal: Proposal = {
      moves: [
        ...["other", text].map((stack) => ({
          ...{ stack, name: text, from: text, to: text, step: "patch" as const },
          ...{ fromDigest: null, toDigest: null },
        })),
      ],
      gates: ["other", text].map((stack) => {
        return { gate: "soak", stack, service: text, pass: false, reason: text, passesAt: null };
      }),
      edits: [{ stack: text, file: "a", path: text, from: text, to: text }],
      artifacts: [],
      message: "one line",
    };
    return [formatEdit(proposal, true), ...formatRefusals(proposal)].join("\n");
  },
  (text) =>
    formatDrift(text, [
      {
        type: text,
        name: text,
        urn: text,
        property: text,
        list: text,
        state: { [text]: text },
        refresh: undefined,
        remedy: text,
      },
    ]),
  (text) =>
    formatStack(text, {
      services: [
        { name: text, version: text, digest: text, chart: text, chartVersion: text, held: true },
      ],
      resources: [],
      outputs: { environment: text, services: {}, repositories: {}, webhooks: {} },
    }),
  (text) => {
    const issue = {
      code: "yaml-syntax",
      severity: "error",
      file: text,
      line: 1,
      column: 1,
      message: text,
    } as const;
    const notices: Notice[] = [
      { kind: "finding", issue },
      { kind: "left-out", stack: "a", service: text, reason: text },
      { kind: "already-there", stack: text, services: [text] },
      {
        ...{ kind: "stacks-differ", environment: text, service: text },
        versions: [{ stack: text, version: text }],
      },
      { kind: "missing-ref", environment: text, ref: "main" },
    ];
    return notices.map(formatNotice).join("\n");
  },
];

describe("texts of strangers", function () {
  this.timeout(600_000);

  it("command neither a terminal nor a runner, and make no line of their own", () => {
    const { texts, seed } = hostileTexts();
    const lines = PRINTED.map((print) => print("x", STYLE).split("\n").length);
    for (const text of texts) {
      const where = `${JSON.stringify(text)}, SEED=${seed}`;
      for (const style of [undefined, STYLE]) {
        const listener = listening(style);
        const io = guarded(listener);
        for (const [index, print] of PRINTED.entries()) {
          const printed = print(text, io.style);
          assert.equal(printed.split("\n").length, lines[index], `${index}: ${where}`);
          io.out(printed);
        }
        // What nobody made one line of is harmless as well.
        io.out(text);
        io.err(`${io.style?.("bad", text) ?? ""}\n${text}`);
        assert.deepEqual(commandsIn(listener.written.join("\n")), [], where);
      }
    }
  });

  it("stay the same value in JSON", () => {
    const { texts, seed } = hostileTexts();
    for (const text of texts) {
      const listener = listening();
      guarded(listener).out(JSON.stringify({ [text]: text }, null, 2));
      const where = `${JSON.stringify(text)}, SEED=${seed}`;
      assert.deepEqual(JSON.parse(listener.written.join("")), { [text]: text }, where);
      assert.deepEqual(commandsIn(listener.written.join("")), [], where);
    }
  });

  it("command nothing from where users write them: reasons, authors, messages, names of commits", async function () {
    if (!hasGit) this.skip();
    const hostile = "\u001b[2J\u009b31m\r::add-mask::e\u202e ##[error]x";
    const quoted = JSON.stringify(`a\n::error::b ${hostile}`);
    const external = "{ role: external, host: ghcr.io/acme }";
    const folder = new GitFolder({
      "service/a.yaml": serviceYaml("api") + serviceYaml("web"),
      "environments.yaml":
        `environments:\n  testing: { accepts: [release] }\n  production: { from: testing, accepts: [release],\n` +
        `    freeze: [{ from: 2020-01-01, until: 2099-01-01, reason: ${quoted} }] }\n`,
      "Pulumi.testing.yaml": stackConfigYaml("  releases:versions: { api: v1.2.4 }\n", external),
      "Pulumi.production.yaml": stackConfigYaml(
        `  releases:versions: { api: v1.2.3 }\n  releases:holds: { web: { reason: ${quoted} } }\n`,
        external,
      ),
    });
    folder.commit("base");
    folder.write(
      "Pulumi.production.yaml",
      folder.read("Pulumi.production.yaml").replace("api: v1.2.3", "api: v1.2.4"),
    );
    folder.commit(`change ${hostile} (#1)\n\nBreak-glass: ${hostile.replace("\r", "")}`, {
      author: "A\u001b[2J\u202e",
    });
    const said: string[] = [];
    for (const args of [
      ["plan", "--since", "HEAD~1"],
      ["plan", "--since", "HEAD~1", "--format", "markdown"],
      ["plan", "--since", `no such ${hostile}`],
      ["plan", hostile],
      ["status"],
      ["status", "--format", "markdown"],
      ["history"],
      ["history", "--json"],
      ["hold", "api", "--stack", "production", "--reason", hostile, "--dry-run"],
      ["unhold", "web", "--stack", "production", "--dry-run"],
      ["bump", "web", "v1.9.0", "--stack", "production", "--dry-run"],
      ["diff", "testing", hostile],
      ["promote", "web", "--to", "production", "--offline", "--dry-run"],
      ["rollback", "api", "--stack", "production", "--reason", hostile, "--dry-run"],
      ["lint"],
      [hostile],
      ["ci", "plans", folderOf({}), "--since", hostile],
    ]) {
      const listener = listening(STYLE);
      await main(
        [...args, ...(args[0] === hostile ? [] : ["--path", folder.path])],
        listener,
      ).catch((cause: unknown) => said.push(`${args.join(" ")}: ${String(cause)}`));
      assert.notEqual(listener.written.join(""), "", args.join(" "));
      assert.deepEqual(commandsIn(listener.written.join("\n")), [], JSON.stringify(args));
    }
    assert.deepEqual(said, []);
  });
});
