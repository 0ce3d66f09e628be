import assert from "node:assert/strict";
import {
  COSIGN_SIGNATURE,
  judge,
  type Proven,
  type Subject,
  type SubjectVerdict,
} from "../../../src/core/verify/judge";
import type { Policy, Signatory } from "../../../src/core/verify/policy";
import { GITHUB_ISSUER } from "../../../src/core/verify/signed-by";
import { provenanceOf } from "../../../src/core/verify/provenance";
import {
  formatRecord,
  parseRecord,
  provenIn,
  recordFile,
  recordWith,
} from "../../../src/core/verify/record";
import type { SignedByName } from "../../../src/core/verify/signed-by";
import { parseTextRule, type TextRule } from "../../../src/core/verify/text-rule";
import { digestOf } from "../../support/model";

const IMAGE: Subject = { kind: "image", name: "ghcr.io/acme/orders", digest: digestOf("a") };
const SLSA = "https://slsa.dev/provenance/v1";
const WORKFLOW = "https://github.com/acme/orders/.github/workflows/release.yml@refs/tags/v1.2.3";

function rule(text: string): TextRule {
  const parsed = parseTextRule(text);
  assert.ok("matches" in parsed);
  return parsed;
}

const RELEASE: Signatory = {
  kind: "workflow",
  issuer: rule(GITHUB_ISSUER),
  repository: rule("acme/orders"),
  workflow: rule(".github/workflows/release.yml"),
  ref: rule("^refs/tags/v.*$"),
};

function policyFor(signatory: Signatory, ...predicates: readonly string[]): Policy {
  return { mode: "require", root: "trust/root.jsonl", signatories: [signatory], predicates };
}

function signer(more: Partial<SignedByName> = {}): SignedByName {
  const source = { repository: "acme/orders", ref: "refs/tags/v1.2.3" };
  return { kind: "keyless", issuer: GITHUB_ISSUER, subject: WORKFLOW, source, ...more };
}

function proof(more: Partial<Proven> = {}): Proven {
  return {
    place: "referrers",
    bundle: digestOf("b"),
    trust: digestOf("c"),
    signer: signer(),
    ...more,
  };
}

function judged(proven: Proven, policy = policyFor(RELEASE)): SubjectVerdict {
  return judge(IMAGE, [proven], [], policy);
}

/** Asserts that a signature by the one who may sign counts, and the same by another one doesn't. */
function refuses(more: Partial<SignedByName>, reason: RegExp, signatory = RELEASE): void {
  const {
    pass,
    accepted,
    reason: found,
  } = judged(proof({ signer: signer(more) }), policyFor(signatory));
  assert.equal(pass, false);
  assert.deepEqual(accepted, []);
  assert.match(found, reason);
}

describe("judge", () => {
  it("lets a signature of the workflow pass, and says whose it is", () => {
    const { pass, reason, accepted } = judged(proof());
    assert.equal(pass, true);
    assert.equal(
      reason,
      "signed by GitHub Actions in acme/orders (.github/workflows/release.yml) at ^refs/tags/v.*$",
    );
    assert.deepEqual(
      accepted.map(({ bundle }) => bundle),
      [digestOf("b")],
    );
  });

  it("refuses what nobody signed", () => {
    const { pass, reason } = judge(IMAGE, [], [], policyFor(RELEASE));
    assert.equal(pass, false);
    assert.equal(reason, "no signature or provenance that counts");
  });

  it("says what proves nothing, and why", () => {
    const problem = { place: "GitHub", problem: "the certificate is expired" };
    const { reason } = judge(IMAGE, [], [problem], policyFor(RELEASE));
    assert.match(reason, /: in GitHub: the certificate is expired$/);
  });

  it("refuses another issuer", () => {
    refuses({ issuer: `${GITHUB_ISSUER}.example.com` }, /its issuer is .*\.example\.com/);
  });

  for (const repository of [
    "acme/orders2",
    "acme/order",
    "evil/orders",
    "xacme/orders",
    undefined,
  ]) {
    it(`refuses the source ${repository ?? "of nobody"}`, () => {
      const subject = WORKFLOW.replace("acme/orders", repository ?? "acme/orders");
      refuses({ subject, source: { repository, ref: "refs/tags/v1.2.3" } }, /built from/);
    });
  }

  it("refuses the right source by the workflow of another repository", () => {
    const subject = WORKFLOW.replace("acme/orders", "evil/actions");
    refuses({ subject }, /signed by the workflow/);
    const { workflow: _any, ...anyWorkflow } = RELEASE;
    refuses({ subject }, /signed by the workflow/, anyWorkflow);
  });

  it("refuses another workflow, and one whose name only begins or ends alike", () => {
    for (const file of ["test.yml", "release.yml.yml", "xrelease.yml", "release.yaml"]) {
      refuses({ subject: WORKFLOW.replace("release.yml", file) }, /signed by the workflow/);
    }
  });

  it("refuses another ref, and none", () => {
    for (const ref of ["refs/heads/main", "refs/heads/refs/tags/v1", undefined]) {
      refuses({ source: { repository: "acme/orders", ref } }, /built from/);
    }
  });

  it("lets the file of another repository sign where it is named in full", () => {
    const subject = "https://github.com/acme/actions/.github/workflows/build.yml@refs/heads/main";
    const workflow = rule("acme/actions/.github/workflows/build.yml");
    const signatory: Signatory = { ...RELEASE, workflow };
    assert.equal(judged(proof({ signer: signer({ subject }) }), policyFor(signatory)).pass, true);
    refuses({}, /signed by the workflow/, signatory);
  });

  it("takes names of GitHub whatever the case of their letters", () => {
    const source = { repository: "Acme/Orders", ref: "refs/tags/v1.2.3" };
    const subject = WORKFLOW.replace("acme/orders", "Acme/Orders");
    assert.equal(judged(proof({ signer: signer({ subject, source }) })).pass, true);
  });

  it("takes a key for that key alone, and no certificate for a key", () => {
    const key: Signatory = { kind: "key", file: "trust/orders.pub" };
    const byKey = (file: string): Proven => proof({ signer: { kind: "key", file } });
    assert.equal(judged(byKey("trust/orders.pub"), policyFor(key)).pass, true);
    assert.equal(judged(byKey("trust/other.pub"), policyFor(key)).pass, false);
    assert.equal(judged(proof(), policyFor(key)).pass, false);
    assert.equal(judged(byKey("trust/orders.pub")).pass, false);
  });

  it("says that nobody is named, whoever signed", () => {
    const nobody = /^nobody may sign it; name somebody in verify\.identities, or the owner /;
    for (const proven of [[], [proof()]]) {
      const { pass, reason } = judge(IMAGE, proven, [], { ...policyFor(RELEASE), signatories: [] });
      assert.equal(pass, false);
      assert.match(reason, nobody);
    }
  });

  it("takes a subject as an exact text", () => {
    const subject: Signatory = {
      kind: "subject",
      issuer: rule("https://accounts.acme.example"),
      subject: rule("release@acme.example"),
    };
    const by = (name: string): Proven =>
      proof({ signer: signer({ issuer: "https://accounts.acme.example", subject: name }) });
    assert.equal(judged(by("release@acme.example"), policyFor(subject)).pass, true);
    assert.equal(judged(by("release@acme.example.evil.com"), policyFor(subject)).pass, false);
    assert.equal(judged(by("xrelease@acme.example"), policyFor(subject)).pass, false);
  });

  it("takes what cosign writes, a bare signature and provenance where no predicate is demanded", () => {
    for (const predicate of [COSIGN_SIGNATURE, SLSA, "https://slsa.dev/provenance/v0.2"]) {
      assert.equal(judged(proof({ predicate })).pass, true);
    }
  });

  it("refuses an attestation of something else as a signature", () => {
    const { pass, reason } = judged(
      proof({ predicate: "https://in-toto.io/attestation/test-result/v0.1" }),
    );
    assert.equal(pass, false);
    assert.match(reason, /in referrers: https:\/\/in-toto\.io\/attestation\/test-result\/v0\.1 by/);
  });

  it("demands each predicate type, by those who may sign", () => {
    const sbom = "https://spdx.dev/Document/v2.3";
    const policy = policyFor(RELEASE, SLSA, sbom);
    const some = [proof({ predicate: SLSA }), proof()];
    const { pass, reason } = judge(IMAGE, some, [], policy);
    assert.equal(pass, false);
    assert.match(reason, /^no https:\/\/spdx\.dev\/Document\/v2\.3 that counts/);
    const by = signer({ subject: WORKFLOW.replace("release", "test") });
    assert.equal(
      judge(IMAGE, [...some, proof({ predicate: sbom, signer: by })], [], policy).pass,
      false,
    );
    assert.equal(judge(IMAGE, [...some, proof({ predicate: sbom })], [], policy).pass, true);
    assert.equal(
      judge(IMAGE, [proof({ predicate: `${SLSA}.1` })], [], policyFor(RELEASE, SLSA)).pass,
      false,
    );
  });

  it("refuses provenance of another source, ref or builder than its signer", () => {
    const says = (provenance: Proven["provenance"]): SubjectVerdict =>
      judged(proof({ predicate: SLSA, ...(provenance && { provenance }) }));
    assert.equal(
      says({ repository: "acme/orders", ref: "refs/tags/v1.2.3", builder: WORKFLOW }).pass,
      true,
    );
    assert.match(says({ repository: "acme/other" }).reason, /its provenance is of acme\/other/);
    assert.match(says({ ref: "refs/heads/main" }).reason, /its provenance is of refs\/heads\/main/);
    const builder = WORKFLOW.replace("release", "test");
    assert.match(says({ builder }).reason, /names the builder .*test\.yml/);
  });
});

describe("provenanceOf", () => {
  it("reads GitHub's own, and that of other builders", () => {
    const workflow = {
      repository: "https://github.com/acme/orders",
      ref: "refs/heads/main",
      path: "x",
    };
    const github = {
      buildDefinition: { externalParameters: { workflow } },
      runDetails: { builder: { id: WORKFLOW } },
    };
    const own = { builder: WORKFLOW, repository: "acme/orders", ref: "refs/heads/main" };
    assert.deepEqual(provenanceOf(github), own);
    const uri = "git+https://github.com/acme/orders@refs/tags/v1.2.3";
    const resolved = { buildDefinition: { resolvedDependencies: [{ uri }] } };
    assert.deepEqual(provenanceOf(resolved), {
      repository: "acme/orders",
      ref: "refs/tags/v1.2.3",
    });
    const older = {
      builder: { id: "b" },
      invocation: { configSource: { uri: "git+https://github.com/acme/orders.git" } },
    };
    assert.deepEqual(provenanceOf(older), { builder: "b", repository: "acme/orders" });
  });

  it("takes nothing from what isn't provenance", () => {
    for (const value of [
      undefined,
      null,
      [],
      1,
      { builder: "x" },
      { runDetails: { builder: { id: 1 } } },
    ]) {
      assert.deepEqual(provenanceOf(value), {});
    }
  });
});

describe("a record", () => {
  const now = new Date("2026-03-02T09:00:00Z");
  const [accepted] = judged(proof({ predicate: SLSA })).accepted;
  assert.ok(accepted);
  const record = recordWith(undefined, IMAGE, [accepted], now);

  it("has a file of its digest, and comes back as it was", () => {
    assert.equal(recordFile(IMAGE.digest), `evidence/sha256-${"a".repeat(64)}.json`);
    assert.deepEqual(parseRecord(formatRecord(record), IMAGE.digest), record);
  });

  it("is judged as what was verified, by the policy of today", () => {
    const judgedBy = (policy: Policy) => judge(IMAGE, provenIn(record), [], policy).pass;
    assert.equal(judgedBy(policyFor(RELEASE, SLSA)), true);
    assert.equal(judgedBy(policyFor({ ...RELEASE, ref: rule("refs/heads/main") })), false);
  });

  it("changes nothing when the same is verified again", () => {
    const later = new Date("2026-04-01T00:00:00Z");
    const again = recordWith(record, IMAGE, [accepted], later);
    assert.equal(formatRecord(again), formatRecord(record));
    const [other] = recordWith(
      record,
      IMAGE,
      [{ ...accepted, trust: digestOf("d") }],
      later,
    ).proofs;
    assert.deepEqual([other?.trust, other?.at], [digestOf("d"), later.toISOString()]);
  });

  it("of a chart has each image that it was held against, once", () => {
    const chart = { kind: "chart", name: "charts/orders", digest: digestOf("c") } as const;
    const [a, b] = [digestOf("a"), digestOf("b")];
    const first = recordWith(undefined, { ...chart, image: b }, [accepted], now);
    const second = recordWith(first, { ...chart, image: a }, [accepted], now);
    assert.deepEqual(recordWith(second, { ...chart, image: b }, [accepted], now).images, [a, b]);
    assert.deepEqual(parseRecord(formatRecord(second), chart.digest), second);
    assert.equal(recordWith(undefined, chart, [accepted], now).images, undefined);
  });

  it("is nothing that another digest's file can stand for", () => {
    assert.equal(parseRecord(formatRecord(record), digestOf("e")), undefined);
    for (const text of ["", "{}", "[]", formatRecord({ ...record, proofs: [] })]) {
      assert.equal(parseRecord(text, IMAGE.digest), undefined);
    }
  });
});
