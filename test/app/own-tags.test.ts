import assert from "node:assert/strict";
import { bump } from "../../src/app/bump";
import { diff } from "../../src/app/diff";
import { lint } from "../../src/app/lint";
import { promote } from "../../src/app/promotion/promote";
import { rollback } from "../../src/app/rollback";
import { status } from "../../src/app/status";
import { formatIssue } from "../../src/core/input/issue";
import { formatPin } from "../../src/core/version";
import { digestOf } from "../support/model";
import { shopFiles } from "../support/shop";
import { changeAt, errorOf, listener, textOf, worldOf, type TestWorld } from "../support/world";

const [A, B, C] = ["a", "b", "c"].map(digestOf);
const OLD = `2024.02.01@${A ?? ""}`;
const NEW = `2024.01.05@${B ?? ""}`;

const LIST = `- { github: pihole, docker: pihole, deploy: { range: "*" } }\n`;
const PATH = `environments:
  testing: { accepts: [release, tag] }
  staging: { from: testing, accepts: [release, tag] }
  production: { from: staging, accepts: [release] }
`;

interface Asked {
  readonly testing?: string;
  readonly staging?: string;
  /** What staging ran, oldest first. */
  readonly ran?: readonly string[];
  readonly list?: string;
}

function world({ testing = NEW, staging = OLD, ran = [OLD], list = LIST }: Asked = {}): TestWorld {
  const pins = {
    testing: [`pihole: ${testing}`],
    staging: [`pihole: ${staging}`],
    production: ["pihole: v1.0.0"],
  };
  const moves = (environment: string, all: readonly string[]) =>
    all
      .map((to, index) => {
        const at = `2026-11-0${index + 1}T10:00:00Z`;
        return changeAt(at, environment, "pihole", [all[index - 1] ?? null, to]);
      })
      .reverse();
  return worldOf({
    files: shopFiles({ list, environments: PATH, pins }),
    git: {
      histories: {
        testing: moves("testing", [testing]),
        staging: moves("staging", ran),
        production: [],
      },
    },
    now: "2026-11-21T12:00:00Z",
  });
}

const toStaging = (of: TestWorld) =>
  promote(
    of,
    {
      ...{ services: "all", ready: false, from: undefined, to: "staging", breakGlass: undefined },
      ...{ offline: true, artifacts: false, dryRun: false },
    },
    listener(),
  );

const bumpTo = (of: TestWorld, version: string, stack = "testing") =>
  bump(
    of,
    { service: "pihole", version, stack, environment: undefined, chart: false, dryRun: false },
    listener(),
  );

describe("an image that others publish", () => {
  it("is pinned by its own tag and digest, and has no finding", async () => {
    const shop = world();
    assert.deepEqual(lint(shop).issues.map(formatIssue), []);
    const result = await bumpTo(shop, `4.0.19.3001@${C ?? ""}`);
    const { proposal, isRefused } = result;
    const text = textOf(result);
    assert.equal(isRefused, false);
    assert.deepEqual(proposal.moves, [
      {
        ...{
          stack: "testing",
          name: "pihole",
          from: "2024.01.05",
          to: "4.0.19.3001",
          step: "unordered",
        },
        ...{ fromDigest: B, toDigest: C },
      },
    ]);
    // Its tags aren't those of a repository of ours.
    assert.equal(proposal.message, "bump(testing): pihole 2024.01.05 -> 4.0.19.3001");
    assert.ok(text.includes(`pihole: 4.0.19.3001@${C ?? ""}\n`));
  });

  it("is refused where the environment accepts no tags", async () => {
    const { isRefused, proposal } = await bumpTo(world(), NEW, "production");
    assert.equal(isRefused, true);
    assert.deepEqual(
      proposal.gates.flatMap(({ gate, pass, reason }) => (pass ? [] : [`${gate}: ${reason}`])),
      ["accepted: 2024.01.05 is an image's own tag, and production accepts release"],
    );
  });

  it("needs its digest, which the refusal says", async () => {
    await assert.rejects(
      bumpTo(world(), "v2022.04.1"),
      errorOf(
        "usage",
        '"v2022.04.1" is not a pin; expected no leading zero in "04": "v2022.4.1", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
      ),
    );
    await assert.rejects(
      bumpTo(world(), "4.0.19.3001"),
      errorOf(
        "usage",
        '"4.0.19.3001" is not a pin; expected at most three numbers, and "4.0.19.3001" has 4, or the image\'s own tag with its digest, "4.0.19.3001@sha256:<64 hex digits>"',
      ),
    );
  });

  it("is shown by status and diff as it is, without an order", () => {
    const found = status(world(), { behind: false, blocked: false }, listener()).status;
    const [staging, testing] = ["staging", "testing"].map((name) => found.services[0]?.cells[name]);
    assert.equal(testing?.version, "2024.01.05");
    assert.deepEqual(
      [staging?.version, staging?.next, staging?.behind],
      ["2024.02.01", "2024.01.05", "unordered"],
    );
    assert.deepEqual(staging?.blocked, []);
    const { moves } = diff(world(), "testing", "staging", listener());
    assert.deepEqual(
      moves.map(({ from, to, step }) => [from, to, step]),
      [["2024.02.01", "2024.01.05", "unordered"]],
    );
  });

  it("is promoted, whatever its numbers look like", async () => {
    const shop = world();
    const result = await toStaging(shop);
    assert.equal(result.kind, "pins");
    assert.ok(shop.edits[0]?.text.includes(`pihole: ${NEW}\n`));
  });

  it("isn't promoted where it ran before and was replaced: that is a rollback", async () => {
    const shop = world({ ran: [NEW, OLD] });
    const result = await toStaging(shop);
    assert.ok(result.kind === "refused");
    const reason = `2024.02.01 and 2024.01.05 have no order, and 2024.01.05 ran in staging before; staging does that by releases rollback pihole --stack staging --to ${NEW} --reason R`;
    assert.deepEqual(
      result.proposal.gates.filter(({ pass }) => !pass).map(({ gate, reason }) => [gate, reason]),
      [["downgrade", reason]],
    );
    const shown = status(shop, { behind: false, blocked: false }, listener()).status;
    assert.deepEqual(shown.services[0]?.cells["staging"]?.blocked, [`downgrade: ${reason}`]);
    assert.deepEqual(shop.edits, []);
  });

  it("is promoted with other bytes of the same tag, unless those ran there before", async () => {
    const rebuilt = NEW.replace(B ?? "", C ?? "");
    assert.equal(
      (await toStaging(world({ testing: rebuilt, staging: NEW, ran: [NEW] }))).kind,
      "pins",
    );
    const back = await toStaging(world({ testing: rebuilt, staging: NEW, ran: [rebuilt, NEW] }));
    assert.equal(back.kind, "refused");
  });

  it("is rolled back to the last one that ran", async () => {
    const request = {
      ...{ service: "pihole", stack: "staging", environment: undefined },
      ...{ reason: "it fails", until: undefined },
    };
    const shop = world({ staging: NEW, ran: [OLD, NEW] });
    const back = await rollback(shop, { ...request, dryRun: false, to: undefined }, listener());
    assert.ok(textOf(back).includes(`pihole: ${OLD}\n`));
  });

  it("is in no range but that of any version", () => {
    const list = LIST.replace('"*"', '"^2024"');
    const [first] = lint(world({ list })).issues.map(formatIssue);
    assert.equal(
      first,
      'Pulumi.production.yaml:7:13 outside-range "versions.pihole" is v1.0.0, and its definition follows ^2024, which isn\'t in it; pin another version, or widen the range',
    );
    assert.equal(lint(world({ list })).issues.length, 3);
  });

  it("prints as it is pinned", () => {
    const { from, to } = changeAt("2026-11-01T10:00:00Z", "staging", "pihole", [OLD, NEW]);
    assert.ok(from && to);
    assert.deepEqual([formatPin(from), formatPin(to)], [OLD, NEW]);
  });
});
