import assert from "node:assert/strict";
import { clusterIdentity } from "../../../src/core/verify/cluster-identity";
import type { Signatory } from "../../../src/core/verify/policy";
import { GITHUB_ISSUER } from "../../../src/core/verify/signed-by";
import { parseTextRule, type TextRule } from "../../../src/core/verify/text-rule";

function rule(text: string): TextRule {
  const found = parseTextRule(text);
  if ("problem" in found) throw new Error(found.problem);
  return found;
}

function workflow(more: { repository?: string; workflow?: string; ref?: string; issuer?: string }) {
  const { repository = "acme/orders", issuer = GITHUB_ISSUER } = more;
  const signatory: Signatory = {
    kind: "workflow",
    issuer: rule(issuer),
    repository: rule(repository),
    ...(more.workflow !== undefined && { workflow: rule(more.workflow) }),
    ...(more.ref !== undefined && { ref: rule(more.ref) }),
  };
  return clusterIdentity(signatory);
}

/** The pattern of a subject, as Go reads it: a group without regard to case is one of JavaScript's newer features. */
function subjects(found: ReturnType<typeof clusterIdentity>): RegExp {
  if ("problem" in found || !("pattern" in found.subject)) throw new Error(JSON.stringify(found));
  return new RegExp(found.subject.pattern.replaceAll("(?i:", "(?:"));
}

const RELEASE = "https://github.com/acme/orders/.github/workflows/release.yml@refs/tags/v1";

describe("clusterIdentity", () => {
  it("is any workflow of the repository, and of no lookalike of it", () => {
    const found = workflow({});
    assert.deepEqual(found, {
      issuer: { exact: GITHUB_ISSUER },
      subject: {
        pattern: String.raw`^https://github\.com/(?i:acme/orders)/[^@]+\.ya?ml@.+$`,
      },
    });
    const matches = subjects(found);
    assert.ok(matches.test(RELEASE));
    for (const other of [
      "https://github.com/acme/orders-fork/.github/workflows/release.yml@refs/tags/v1",
      "https://github.com/evil/acme/orders/.github/workflows/release.yml@refs/tags/v1",
      "https://githubXcom/acme/orders/.github/workflows/release.yml@refs/tags/v1",
      `https://evil.example/?${RELEASE}`,
      "https://github.com/acme/orders/.github/workflows/release.yml",
    ]) {
      assert.ok(!matches.test(other), other);
    }
  });

  it("escapes a file and a ref, and anchors patterns in groups", () => {
    const exact = subjects(
      workflow({ workflow: ".github/workflows/release.yml", ref: "refs/tags/v1" }),
    );
    assert.ok(exact.test(RELEASE));
    assert.ok(!exact.test(RELEASE.replace("release.yml", "releaseXyml")));
    assert.ok(!exact.test(`${RELEASE}2`));
    const pattern = subjects(workflow({ ref: String.raw`^refs/tags/v.*|refs/heads/main$` }));
    assert.ok(pattern.test(RELEASE));
    assert.ok(!pattern.test(RELEASE.replace("refs/tags/v1", "refs/heads/main2")));
  });

  it("takes the own repository's workflow by its full name, and refuses another repository's", () => {
    const own = workflow({ workflow: "acme/orders/.github/workflows/release.yml" });
    assert.ok(subjects(own).test(RELEASE));
    const message =
      "clusters can't see that acme/build/.github/workflows/release.yml ran for acme/orders; name a workflow of that repository, as .github/workflows/...";
    const other = workflow({ workflow: "acme/build/.github/workflows/release.yml" });
    assert.deepEqual(other, { problem: message });
    const open = workflow({ workflow: String.raw`^acme/.*/release\.yml$` });
    assert.ok("problem" in open);
    const either = workflow({ workflow: String.raw`^\.github/a\.yml|evil/x/\.github/b\.yml$` });
    assert.ok("problem" in either);
  });

  it("refuses what regular expressions of Go lack", () => {
    const message =
      "^refs/(?!heads)tags/v.*$ has what regular expressions of Go lack; write it simpler";
    assert.deepEqual(workflow({ ref: "^refs/(?!heads)tags/v.*$" }), { problem: message });
  });

  it("compares a subject as it is written", () => {
    const of = (issuer: string, subject: string) =>
      clusterIdentity({ kind: "subject", issuer: rule(issuer), subject: rule(subject) });
    assert.deepEqual(of("https://accounts.example", "release@acme.example"), {
      issuer: { exact: "https://accounts.example" },
      subject: { exact: "release@acme.example" },
    });
    assert.deepEqual(of(String.raw`^https://a\.example$`, String.raw`^.*@acme\.example$`), {
      issuer: { pattern: String.raw`^(?:https://a\.example)$` },
      subject: { pattern: String.raw`^(?:.*@acme\.example)$` },
    });
  });
});
