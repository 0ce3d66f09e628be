import assert from "node:assert/strict";
import { RecordedEvidence } from "../../../src/app/verify/recorded-evidence";
import { Signatures } from "../../../src/app/verify/signatures";
import { Verifier } from "../../../src/app/verify/verification";
import type { ChartContents } from "../../../src/core/verify/chart-image";
import { policyOf } from "../../../src/core/verify/policy";
import { formatRecord, recordFile, type EvidenceRecord } from "../../../src/core/verify/record";
import { Version } from "../../../src/core/version";
import { deployment, digestOf, registry, service, stackConfig } from "../../support/model";
import { worldOf } from "../../support/world";

const [IMAGE, CHART, OTHER] = [digestOf("a"), digestOf("c"), digestOf("b")];
const NAME = "ghcr.io/acme/charts/orders";

const orders = deployment(service("orders"), {
  version: Version.of("v1.2.3"),
  digest: IMAGE,
  chart: { name: `oci://${NAME}`, version: "1.4.0", digest: CHART },
});
const config = stackConfig({ registry: registry({ role: "external", host: "ghcr.io/acme" }) });
const policy = policyOf({ verify: { mode: "require" } }, orders.service, "acme");
const verified = { deployment: orders, config, policy };

/** What is known of the chart, whose contents are these. */
async function chartBy(contents: ((name: string, digest: string) => ChartContents) | undefined) {
  const world = worldOf({ files: {}, registries: {}, attached: {} });
  const [registries, charts] = [world.registries(), world.chartRepositories()];
  const signatures = new Signatures({ registries, github: undefined, charts, list: [] });
  const reader = () => contents && { contents, packaged: () => assert.fail("a package is read") };
  const { artifacts } = await new Verifier(signatures, () => undefined, reader).verify(verified);
  return artifacts[1];
}

describe("Verifier", () => {
  it("looks at a chart that names the pinned image, once for its digest", async () => {
    const asked: string[] = [];
    const known = await chartBy((name, digest) => {
      asked.push(`${name}@${digest}`);
      return { values: { image: { digest: IMAGE } }, annotations: {} };
    });
    assert.deepEqual(asked, [`${NAME}@${CHART}`]);
    assert.ok(known !== undefined && "subject" in known);
    assert.deepEqual(known.subject, { kind: "chart", name: NAME, digest: CHART, image: IMAGE });
  });

  it("takes no signature for a chart of another image (attack: chart with another digest)", async () => {
    const known = await chartBy(() => ({ values: { image: { digest: OTHER } }, annotations: {} }));
    assert.deepEqual(known, {
      name: NAME,
      problem: `image.digest of its values names ${OTHER}, and ${IMAGE} is pinned; release the chart with this image, or leave its digest to values`,
    });
  });

  it("doesn't know it without Helm", async () => {
    const known = await chartBy(undefined);
    assert.ok(known !== undefined && "problem" in known);
    assert.match(known.problem, /^which image it names isn't known without helm; install it/);
  });
});

describe("RecordedEvidence", () => {
  /** What is recorded of the chart, which was held against these images. */
  function recorded(images: string[] | undefined) {
    const record: EvidenceRecord = {
      ...{ kind: "chart", name: NAME, digest: CHART },
      ...(images && { images }),
      proofs: [
        {
          ...{ at: "2026-11-21T12:00:00.000Z", place: "referrers", bundle: OTHER, trust: OTHER },
          signer: { kind: "key", file: "cosign.pub" },
        },
      ],
    };
    const { files } = worldOf({ files: { [recordFile(CHART)]: formatRecord(record) } });
    const known = new RecordedEvidence(files).of(verified).artifacts[1];
    return known !== undefined && "subject" in known ? known.unproven : known;
  }

  it("is about the image that the chart was held against, and no other", () => {
    const trust = { place: "its record", problem: "verified with another trust root or key" };
    assert.deepEqual(recorded([OTHER, IMAGE]), [trust]);
    const unknown = { place: "its record", problem: `whether it names ${IMAGE} isn't recorded` };
    assert.deepEqual(recorded([OTHER]), [unknown]);
    assert.deepEqual(recorded(undefined), [unknown]);
  });
});
