import assert from "node:assert/strict";
import type { RuleAnswer, WaitingRun } from "../../src/adapters/github/runs";
import { EnvironmentReader } from "../../src/app/environments";
import { answerProtectionRule, type RuleOutcome } from "../../src/ci/protection-rule";
import { outsideError } from "../../src/core/error";
import type { ProtectionRule } from "../../src/core/receive/intent";
import { HELM_RELEASES, listener, worldOf, type Texts } from "../support/world";

const BEFORE_NINE = "2027-01-04T08:59:59Z";
const NINE = "2027-01-04T09:00:00Z";
const RULE: ProtectionRule = {
  kind: "protection-rule",
  repository: "acme/releases",
  environment: "production",
  run: 42,
  commit: "HEAD",
};
const WAITING: WaitingRun = {
  commit: "HEAD",
  workflow: ".github/workflows/deploy.yml",
  attempt: 1,
  approvals: [],
};
const FROZEN =
  "- production: freeze refuses orders: production is frozen: year end; a hotfix passes with " +
  `--break-glass REASON (passes at ${new Date(NINE).toISOString()})`;

function treeOf(version: string): Texts {
  return {
    "service/shop.yaml": "- { github: orders, docker: orders, deploy: { release: v1.0.0 } }\n",
    "environments.yaml": `environments:
  production: { ref: main, accepts: [release],
    freeze: [{ from: 2026-12-19, until: "${NINE}", reason: year end }] }
`,
    "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "${version}" }
`,
  };
}

describe("the answer to a deployment protection rule", () => {
  /** Answers a rule at a time. Returns what became of it, and what GitHub was told. */
  async function answer({
    now = NINE,
    rule = RULE,
    waiting = WAITING,
    main = "HEAD",
    more = {},
    refuse,
    updates = () => [{ commit: "deployed", at: new Date("2026-11-20T00:00:00Z") }],
  }: {
    now?: string;
    rule?: ProtectionRule;
    waiting?: WaitingRun | null;
    main?: string;
    /** Further files of the commit, or others in their place. */
    more?: Texts;
    /** What GitHub says of a report. */
    refuse?: Error;
    updates?: () => { commit: string; at: Date }[];
  }): Promise<{ outcome: RuleOutcome; answers: RuleAnswer[] }> {
    const tree = { ...treeOf("v1.2.0"), ...more };
    const world = worldOf({
      files: tree,
      git: {
        branches: { main },
        commits: { HEAD: tree, later: tree, deployed: treeOf("v1.1.0") },
        histories: { production: [] },
        ancestors: { "deployed in HEAD": true, "HEAD in deployed": false },
        breakGlass: [],
      },
      engine: { ...HELM_RELEASES, updates },
      helm: null,
      now,
    });
    const answers: RuleAnswer[] = [];
    const github = {
      waitingRun: () => Promise.resolve(waiting ?? undefined),
      checksOn: () => assert.fail("no checks are required"),
      answerRule: (one: RuleAnswer) => {
        answers.push(one);
        return refuse === undefined ? Promise.resolve() : Promise.reject(refuse);
      },
    };
    const report = listener();
    const reader = new EnvironmentReader(world, report);
    return { outcome: await answerProtectionRule(world, reader, rule, github, report), answers };
  }

  it("approves once all gates pass, with the plan's fingerprint", async () => {
    const { outcome, answers } = await answer({});
    assert.equal(outcome.kind, "done");
    assert.equal(answers.length, 1);
    const [{ comment, ...approval } = { comment: "" }] = answers;
    assert.deepEqual(approval, { run: 42, environment: "production", isApproved: true });
    assert.match(comment, /^All gates pass in attempt 1, for the plan sha256:[0-9a-f]{64}\.$/);
  });

  it("reports what refuses and until when, and never rejects", async () => {
    const { outcome, answers } = await answer({ now: BEFORE_NINE });
    assert.deepEqual(outcome, { kind: "waits", said: FROZEN, passesAt: new Date(NINE) });
    assert.deepEqual(answers, [
      { run: 42, environment: "production", isApproved: false, comment: FROZEN },
    ]);
  });

  it("approves an attempt of a run once, though others who review it are still missing", async () => {
    const before = await answer({});
    const approvals = before.answers.map(({ comment }) => comment);
    const again = await answer({ waiting: { ...WAITING, approvals } });
    assert.deepEqual(again.outcome, {
      kind: "done",
      reason: "the run 42 is approved, and waits for others",
    });
    assert.deepEqual(again.answers, []);
    const { answers } = await answer({ waiting: { ...WAITING, attempt: 2, approvals } });
    assert.deepEqual(
      answers.map(({ isApproved, comment }) => [isApproved, comment.slice(0, 28)]),
      [[true, "All gates pass in attempt 2,"]],
    );
  });

  it("waits for the time also where GitHub takes no further report, and says so", async () => {
    const refuse = outsideError("GitHub takes ten reports");
    for (const said of [undefined, "another reason"]) {
      const rule = said === undefined ? RULE : { ...RULE, said };
      const { outcome } = await answer({ now: BEFORE_NINE, refuse, rule });
      const passesAt = new Date(NINE);
      assert.deepEqual(outcome, { kind: "waits", said: FROZEN, passesAt, untold: refuse });
    }
    await assert.rejects(answer({ refuse }), /ten reports/);
    await assert.rejects(answer({ now: BEFORE_NINE, refuse: new TypeError("a bug") }), /a bug/);
  });

  it("says nothing twice", async () => {
    for (const said of [FROZEN, null]) {
      const { answers } = await answer({ now: BEFORE_NINE, rule: { ...RULE, said } });
      assert.deepEqual(answers, []);
    }
  });

  const others: [string, Parameters<typeof answer>[0], RegExp][] = [
    ["a run that waits no more", { waiting: null }, /waits for production no more$/],
    ["a run of another commit", { waiting: { ...WAITING, commit: "later" } }, /is of later$/],
    [
      "another workflow, which asks no gate again",
      { waiting: { ...WAITING, workflow: ".github/workflows/mine.yml" } },
      /^\.github\/workflows\/mine\.yml isn't the deploy workflow$/,
    ],
    ["a commit of the past", { main: "later" }, /^production is at later now$/],
    [
      "an environment that isn't the path's",
      { rule: { ...RULE, environment: "github-pages" } },
      /^github-pages is no environment/,
    ],
  ];
  for (const [what, parts, reason] of others) {
    it(`says nothing about ${what}`, async () => {
      const { outcome, answers } = await answer(parts);
      assert.ok(outcome.kind === "done");
      assert.match(outcome.reason, reason);
      assert.deepEqual(answers, []);
    });
  }

  const unknown: [string, Texts, RegExp][] = [
    [
      "its only stack can't be read",
      { "Pulumi.production.yaml": "config: [" },
      /^- Pulumi\.production\.yaml:1:10 yaml-syntax [^\n]*$/,
    ],
    [
      "one of its stacks can't be read",
      { "Pulumi.production-us.yaml": "config: {" },
      /^- Pulumi\.production-us\.yaml:1:10 yaml-syntax [^\n]*$/,
    ],
    [
      "its stack can't be declared",
      {
        "Pulumi.production.yaml": `${treeOf("v1.2.0")["Pulumi.production.yaml"] ?? ""}  a: [b]\n  releases:holds: 3\n`,
      },
      /^- Pulumi\.production\.yaml:7:19 invalid-type [^\n]*$/,
    ],
    [
      "its stack names no environment",
      { "Pulumi.production.yaml": "config: { releases:environment: [production] }" },
      /\n- Pulumi\.production\.yaml:1:33 invalid-type "environment" is a sequence; [^\n]*$/,
    ],
    [
      "it has no stack",
      { "Pulumi.production.yaml": "config: { releases:environment: staging }" },
      /^- production has no stack config$/,
    ],
  ];
  for (const [what, more, says] of unknown) {
    it(`approves nothing where ${what}, and says so`, async () => {
      const { outcome, answers } = await answer({ more });
      assert.ok(outcome.kind === "waits");
      assert.equal(outcome.passesAt, undefined);
      assert.match(outcome.said, says);
      assert.deepEqual(
        answers.map(({ isApproved, comment }) => [isApproved, comment]),
        [[false, outcome.said]],
      );
    });
  }

  it("approves nothing where nobody knows what is deployed", async () => {
    const updates = (): never => {
      throw outsideError("the state can't be read");
    };
    await assert.rejects(answer({ updates }), /the state can't be read/);
  });
});
