import assert from "node:assert/strict";
import type { ChangeReport, StackChanges } from "../../src/app/report/change-report";
import { MAX_COMMENT, changeMarkdown } from "../../src/format/change-report";
import { digestOf } from "../support/model";
import { TYPES } from "../support/plans";

type Change = StackChanges["changes"][number];

const urn = (name: string): string => `urn:pulumi:production::releases::${name}`;

/** A stack in which a thousand services move by a patch. */
function thousand(environment: string, more: Partial<StackChanges> = {}): StackChanges {
  const names = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
  const tag = { path: "values.image.tag", from: "v1.0.0", to: "v1.0.1" };
  return {
    environment,
    isLast: environment === "production",
    moves: names.map((name) => ({
      ...{ name, from: "v1.0.0", to: "v1.0.1", step: "patch" },
      ...{ fromDigest: null, toDigest: null },
    })),
    changes: names.map((name) => ({
      ...{ op: "update", type: TYPES.release, name, urn: urn(name) },
      properties: [tag],
    })),
    refused: [],
    pending: [],
    advice: [],
    manifests: names
      .slice(0, 10)
      .map((name) => ({ name, diff: "+image".repeat(50), problem: null, isRefused: false })),
    ...more,
  };
}

function changes(stacks: ChangeReport["stacks"]): ChangeReport {
  return { since: "1".repeat(40), fingerprint: digestOf("0"), path: [], breakGlass: null, stacks };
}

describe("the comment on a change", () => {
  const gone = [TYPES.lifecyclePolicy, TYPES.repository, TYPES.release].map((type): Change => ({
    op: "delete",
    type,
    name: "web",
    urn: urn("web"),
    properties: [],
  }));
  const whole = thousand("production");
  const production = { ...whole, changes: [...gone, ...whole.changes] };
  const comment = changeMarkdown(changes({ production, testing: thousand("testing") }));

  it("fits what GitHub takes, with a thousand services in each of two stacks", () => {
    assert.ok(comment.length <= MAX_COMMENT, String(comment.length));
    assert.ok(comment.length > MAX_COMMENT / 2, "it is shorter than it has to be");
  });

  it("begins with what production loses", () => {
    assert.deepEqual(comment.split("\n").slice(0, 5), [
      "> [!CAUTION]",
      `> **production DELETES \`${TYPES.lifecyclePolicy}\` \`web\`**<br>`,
      `> **production DELETES \`${TYPES.repository}\` \`web\`**<br>`,
      `> **production DELETES \`${TYPES.release}\` \`web\`**<br>`,
      "",
    ]);
  });

  it("keeps the numbers, the moves and the fingerprint, and says what it leaves out", () => {
    assert.match(comment, /^### production: 1000 services move, 1000 to update, 3 to delete$/m);
    assert.match(comment, /^\| `service-0` \| `v1\.0\.0` \| `v1\.0\.1` \| patch \|/m);
    assert.match(comment, /… and \d+ more: `releases plan --since` shows them/);
    assert.match(comment, /are too long for a comment: `releases plan --since` shows them/);
    assert.match(comment, /fingerprint `sha256:0{64}`$/);
  });

  it("leaves out nothing of what is short", () => {
    const one = thousand("testing");
    const short = { ...one, moves: one.moves.slice(0, 2), changes: one.changes.slice(0, 2) };
    const text = changeMarkdown(changes({ testing: { ...short, manifests: [] } }));
    assert.doesNotMatch(text, /more: `releases plan|too long/);
    assert.equal(text.match(/values\.image\.tag/g)?.length, 2);
  });
});
