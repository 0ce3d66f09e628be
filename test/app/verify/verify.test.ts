import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Attached } from "../../../src/adapters/oci/image-registries";
import { recordFile } from "../../../src/core/verify/record";
import { SILENT } from "../../../src/app/reporter";
import { verify, type VerifiedService } from "../../../src/app/verify/verify";
import { digestOf } from "../../support/model";
import {
  GITHUB,
  SigstoreAuthority,
  WORKFLOW,
  type Signing,
} from "../../support/sigstore-authority";
import { listener, worldOf, type TestWorld, type WorldValues } from "../../support/world";

const SLSA = "https://slsa.dev/provenance/v1";
const COSIGN = "https://sigstore.dev/cosign/sign/v1";
const [IMAGE, OTHER, CHART] = ["a", "b", "c"].map(digestOf) as [string, string, string];
const NAME = "ghcr.io/acme/orders";

/** Claims of the certificate of a workflow of GitHub, by the last number of their extensions. */
const claimsOf = (repository: string, ref = "refs/tags/v1.2.0"): Record<number, string> => ({
  8: GITHUB,
  12: `https://github.com/${repository}`,
  14: ref,
});

const OWN: Signing = { subject: WORKFLOW, claims: claimsOf("acme/orders") };

/** A statement about digests, of a predicate type. */
function statement(predicateType: string, ...digests: readonly string[]): { statement: object } {
  const subject = digests.map((digest) => ({
    name: NAME,
    digest: { sha256: digest.replace("sha256:", "") },
  }));
  return {
    statement: { _type: "https://in-toto.io/Statement/v1", predicateType, subject, predicate: {} },
  };
}

function attached(bundle: string): Attached {
  const bytes = Buffer.from(bundle);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { place: "referrers", kind: "bundle", annotations: {}, bytes, digest };
}

const IDENTITY = `{ issuer: "${GITHUB}", workflow: .github/workflows/release.yml, ref: '^refs/tags/v.*$' }`;

interface Shop {
  readonly pin?: string;
  readonly verify?: string;
  readonly root: string;
  readonly definition?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** A repository of which production pins orders and demands signatures of its release workflow. */
function filesOf({ pin = `v1.2.0@${IMAGE}`, verify = "", root, definition = "", more }: Shop) {
  return {
    "service/shop.yaml": `- { github: orders, docker: orders, deploy: { release: v1.0.0 }${definition} }\n`,
    "environments.yaml": `environments:
  production:
    accepts: [release]
    verify: { mode: require, identities: [${IDENTITY}]${verify} }
`,
    "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "${pin}" }
`,
    "trust/root.jsonl": `${root}\n`,
    ...more,
  };
}

async function verified(world: TestWorld, again = false): Promise<VerifiedService> {
  const request = { services: [], stacks: [], again, record: true };
  const { services } = await verify(world, request, SILENT);
  const [only, ...others] = services;
  assert.ok(only);
  assert.deepEqual(others, []);
  return only;
}

describe("signatures that are demanded", function () {
  let authority: SigstoreAuthority;
  let stranger: SigstoreAuthority;
  let github: SigstoreAuthority;

  before(async () => {
    authority = await SigstoreAuthority.start();
    stranger = await SigstoreAuthority.start();
    github = await SigstoreAuthority.start("none");
  });

  const worldWith = (values: Partial<WorldValues>, shop: Partial<Shop> = {}): TestWorld =>
    worldOf({
      files: filesOf({ root: authority.root, ...shop }),
      registries: {},
      attached: {},
      github: {},
      contents: { "ghcr.io/acme/charts/orders": { values: {}, annotations: {} } },
      now: "2026-03-02T09:00:00Z",
      ...values,
    });

  /** Returns the world of an image with one bundle beside it. */
  const withBundle = (bundle: string, shop: Partial<Shop> = {}): TestWorld =>
    worldWith({ attached: { [`${NAME}@${IMAGE}`]: [attached(bundle)] } }, shop);

  /** Asserts that it is refused, and that only digests which are verified by themselves are recorded. */
  async function refused(world: TestWorld, reason: RegExp, recorded: string[] = []): Promise<void> {
    const { pass, reason: found } = await verified(world);
    assert.equal(pass, false, found);
    assert.match(found, reason);
    const files = world.edits.map(({ file }) => file);
    assert.deepEqual(files, recorded.map(recordFile));
  }

  it("are asked of no preview, which is said where signatures are asked for", async () => {
    const commit = "3f9c0ffee1".repeat(4);
    const open = `[{ service: orders, pullRequest: 12, branch: feature-x, commit: "${commit}", digest: "${OTHER}", until: "2026-12-03T09:00:00Z" }]`;
    const told = async (mode: string, services: readonly string[] = []) => {
      const files = filesOf({ root: authority.root });
      const world = worldWith({
        files: {
          ...files,
          "service/shop.yaml": files["service/shop.yaml"].replace(
            "v1.0.0 }",
            "v1.0.0, preview: true }",
          ),
          "environments.yaml": files["environments.yaml"]
            .replace("[release]", "[release, preview]")
            .replace("mode: require", `mode: ${mode}`),
          "Pulumi.production.yaml": `${files["Pulumi.production.yaml"]}  releases:previews: { domain: acme.example, open: ${open} }\n`,
        },
      });
      const report = listener();
      await verify(world, { services, stacks: [], again: false, record: false }, report);
      return report.notices.filter(({ kind }) => kind === "unverified");
    };
    const service = "orders-c791eb83";
    const reason = "nobody verifies a preview";
    const notice = [{ kind: "unverified", stack: "production", service, reason }];
    assert.deepEqual(await told("warn"), notice);
    assert.deepEqual(await told("warn", ["orders"]), notice);
    assert.deepEqual(await told("off"), []);
  });

  it("are there, and recorded beside the pin; a second run asks nobody", async () => {
    const { bundle } = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const world = withBundle(bundle);
    const first = await verified(world);
    assert.deepEqual([first.pass, first.by, first.mode], [true, "signatures", "require"]);
    const [edit, ...others] = world.edits;
    assert.deepEqual(others, []);
    assert.equal(edit?.file, `evidence/${IMAGE.replace(":", "-")}.json`);
    const record = JSON.parse(edit.text) as { proofs: unknown[] };
    assert.equal(record.proofs.length, 1);
    const again = worldWith({}, { more: { [edit.file]: edit.text } });
    const second = await verified(again);
    assert.deepEqual([second.pass, second.by], [true, "record"]);
    assert.equal(again.open(), 0);
  });

  it("are found at GitHub as well", async () => {
    const { bundle } = await github.sign(statement(SLSA, IMAGE), OWN);
    const root = `${authority.root}\n${github.root}`;
    const found = await verified(worldWith({ attestations: { [IMAGE]: [bundle] } }, { root }));
    assert.equal(found.pass, true, found.reason);
  });

  it("are those under another name of the image", async () => {
    const { bundle } = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const world = worldWith(
      { attached: { [`${NAME}-arm@${IMAGE}`]: [attached(bundle)] } },
      { definition: ", aliases: [orders-arm]" },
    );
    const { pass, reason } = await verified(world);
    assert.equal(pass, true, reason);
  });

  it("aren't there: nobody signed it", () => refused(worldWith({}), /no signature or provenance/));

  it("aren't there: the tag moved after it was signed, so the pin has another digest", async () => {
    const { bundle } = await authority.sign(statement(COSIGN, OTHER), OWN);
    const world = worldWith({ attached: { [`${NAME}@${OTHER}`]: [attached(bundle)] } });
    await refused(world, /no signature or provenance/);
  });

  it("aren't there: the pin has no digest", () =>
    refused(worldWith({}, { pin: "v1.2.0" }), /its pin has no digest; pin it as/));

  it("aren't there: the signature of another digest is attached", async () => {
    const { bundle } = await authority.sign(statement(COSIGN, OTHER), OWN);
    await refused(withBundle(bundle), /it is about sha256:b+, not about sha256:a+/);
  });

  it("aren't there: an attestation names the image and has another subject's digest", async () => {
    const { bundle } = await authority.sign(statement(SLSA, OTHER, CHART), OWN);
    await refused(withBundle(bundle), /it is about sha256:b+ and 1 more, not about/);
  });

  it("are those of one of several subjects", async () => {
    const { bundle } = await authority.sign(statement(SLSA, OTHER, IMAGE), OWN);
    assert.equal((await verified(withBundle(bundle))).pass, true);
  });

  const SIGNERS: Readonly<Record<string, readonly [Signing, RegExp]>> = {
    "the right repository signed by another workflow": [
      { ...OWN, subject: WORKFLOW.replace("release.yml", "test.yml") },
      /signed by the workflow .*test\.yml/,
    ],
    "the right workflow ran on a branch": [
      { ...OWN, claims: claimsOf("acme/orders", "refs/heads/main") },
      /built from refs\/heads\/main/,
    ],
    "a repository whose name begins alike signed": [
      {
        subject: WORKFLOW.replace("acme/orders", "acme/orders-evil"),
        claims: claimsOf("acme/orders-evil"),
      },
      /built from acme\/orders-evil/,
    ],
    "an owner whose name ends alike signed": [
      {
        subject: WORKFLOW.replace("acme/orders", "notacme/orders"),
        claims: claimsOf("notacme/orders"),
      },
      /built from notacme\/orders/,
    ],
    "a host whose name begins alike is in the certificate": [
      {
        subject: WORKFLOW.replace("https://github.com/", "https://github.com.evil.example/"),
        claims: claimsOf("acme/orders"),
      },
      /built from no repository/,
    ],
    "another issuer vouches for the same name": [
      { ...OWN, claims: { ...claimsOf("acme/orders"), 8: "https://issuer.evil.example" } },
      /its issuer is https:\/\/issuer\.evil\.example/,
    ],
    "a certificate expired before it was signed": [
      { ...OWN, entry: "none", minutes: 60 },
      /it can't be verified/,
    ],
    "a certificate has neither a log entry nor a time": [
      { ...OWN, entry: "none", minutes: undefined },
      /it can't be verified/,
    ],
  };

  for (const [name, [signing, reason]] of Object.entries(SIGNERS)) {
    it(`aren't there: ${name}`, async () => {
      const { bundle } = await authority.sign(statement(COSIGN, IMAGE), signing);
      await refused(withBundle(bundle), reason);
    });
  }

  it("aren't there: an authority that nobody trusts made the certificate", async () => {
    const { bundle } = await stranger.sign(statement(COSIGN, IMAGE), OWN);
    await refused(withBundle(bundle), /it can't be verified/);
  });

  it("aren't there: GitHub's instance is asked for the logs of the public one, and the other way", async () => {
    const [own, others] = await Promise.all([
      github.sign(statement(COSIGN, IMAGE), OWN),
      authority.sign(statement(COSIGN, IMAGE), { ...OWN, entry: "none", minutes: 0 }),
    ]);
    await refused(withBundle(own.bundle), /it can't be verified/);
    await refused(
      withBundle(others.bundle, { root: `${authority.root}\n${github.root}` }),
      /it can't be verified/,
    );
  });

  it("aren't there: an attestation says something else than what is demanded", async () => {
    const type = "https://in-toto.io/attestation/test-result/v0.1";
    const { bundle } = await authority.sign(statement(type, IMAGE), OWN);
    await refused(withBundle(bundle), /no signature or provenance that counts: .*test-result/);
    const signed = await authority.sign(statement(COSIGN, IMAGE), OWN);
    await refused(
      withBundle(signed.bundle, { verify: `, predicates: ["${SLSA}"]` }),
      /no https:\/\/slsa/,
    );
  });

  it("aren't there: the key of a bundle that somebody put there isn't trusted", async () => {
    const more = { "trust/orders.pub": "no key" };
    const { bundle } = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const verify = `, services: { orders: { identities: [{ key: trust/orders.pub }] } }`;
    await refused(
      withBundle(bundle, { verify, more }),
      /signed with a certificate, not with the key/,
    );
  });

  it("aren't there: the trust root is missing, or can't be trusted", async () => {
    const { bundle } = await authority.sign(statement(COSIGN, IMAGE), OWN);
    await refused(
      withBundle(bundle, { verify: ", root: trust/other.jsonl" }),
      /trust\/other\.jsonl is missing/,
    );
    await refused(withBundle(bundle, { root: "{}" }), /trust\/root\.jsonl:1: /);
  });

  it("aren't there: Notation's, which is named", async () => {
    const notation: Attached = { ...attached("{}"), kind: "notation" };
    const world = worldWith({ attached: { [`${NAME}@${IMAGE}`]: [notation] } });
    await refused(world, /signed by AWS Signer or Notation, which isn't verified here/);
  });

  it("are a chart's as well, by its own digest", async () => {
    const definition = `, chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.4.0, digest: "${CHART}" }`;
    const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const chart = await authority.sign(statement(COSIGN, CHART), OWN);
    const own = { [`${NAME}@${IMAGE}`]: [attached(image.bundle)] };
    await refused(
      worldWith({ attached: own }, { definition }),
      /^ghcr\.io\/acme\/charts\/orders: no signature/,
      [IMAGE],
    );
    const name = `ghcr.io/acme/charts/orders@${CHART}`;
    const swapped = { ...own, [name]: [attached(image.bundle)] };
    await refused(worldWith({ attached: swapped }, { definition }), /it is about sha256:a+/, [
      IMAGE,
    ]);
    const both = worldWith(
      { attached: { ...own, [name]: [attached(chart.bundle)] } },
      { definition },
    );
    assert.equal((await verified(both)).pass, true);
    assert.equal(both.edits.length, 2);
    const loose = definition.replace(/, digest: "[^"]*"/, "");
    await refused(
      worldWith({ attached: own }, { definition: loose }),
      /the chart has no digest; pin it as 1\.4\.0@/,
      [IMAGE],
    );
  });

  it("are a chart's where it was signed, which another environment deploys it from", async () => {
    const origin = "ghcr.io/acme/charts/orders";
    const copy = "registry.acme.example/charts/orders";
    const chartAt = (name: string) =>
      `chart: { name: "oci://${name}", version: 1.4.0, digest: "${CHART}" }`;
    const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const chart = await authority.sign(statement(COSIGN, CHART), OWN);
    const signed = {
      [`${NAME}@${IMAGE}`]: [attached(image.bundle)],
      [`${origin}@${CHART}`]: [attached(chart.bundle)],
    };
    const contents = { [copy]: { values: {}, annotations: {} } };
    const definition = `, environments: [production], ${chartAt(copy)}`;
    const other = (name: string): string =>
      `- { github: orders, name: ${name}, docker: orders, deploy: { release: v1.0.0 }, environments: [testing], ${chartAt(origin)} }\n`;
    const world = (name: string): TestWorld => {
      const files = filesOf({ root: authority.root, definition });
      const environments = files["environments.yaml"].replace(
        "  prod",
        "  testing: { accepts: [release] }\n  prod",
      );
      const more = { "service/testing.yaml": other(name), "environments.yaml": environments };
      return worldWith({ attached: signed, contents, files: { ...files, ...more } });
    };
    const found = await verified(world("orders"));
    assert.equal(found.pass, true, found.reason);
    await refused(world("others"), /^registry\.acme\.example\/charts\/orders: no signature/, [
      IMAGE,
    ]);
  });

  it("are a chart's at GitHub, and beside its own release there", async () => {
    const definition = `, chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.4.0, digest: "${CHART}" }`;
    const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const chart = await authority.sign(statement(SLSA, CHART), OWN);
    const signed = { [`${NAME}@${IMAGE}`]: [attached(image.bundle)] };
    const beside = { "orders.sigstore": chart.bundle };
    const places: readonly Partial<WorldValues>[] = [
      { attestations: { [CHART]: [chart.bundle] } },
      { released: { "acme/orders orders-1.4.0": beside } },
    ];
    for (const place of places) {
      const found = await verified(worldWith({ attached: signed, ...place }, { definition }));
      assert.equal(found.pass, true, found.reason);
    }
    const elsewhere = { released: { "acme/orders orders-1.3.0": beside } };
    const world = worldWith({ attached: signed, ...elsewhere }, { definition });
    await refused(world, /^ghcr\.io\/acme\/charts\/orders: no signature/, [IMAGE]);
  });

  it("aren't there: a chart of a registry isn't of the version that is pinned", async () => {
    const definition = `, chart: { name: "oci://ghcr.io/acme/charts/orders", version: v1.4.0, digest: "${CHART}" }`;
    const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
    const chart = await authority.sign(statement(COSIGN, CHART), OWN);
    const signed = {
      [`${NAME}@${IMAGE}`]: [attached(image.bundle)],
      [`ghcr.io/acme/charts/orders@${CHART}`]: [attached(chart.bundle)],
    };
    const world = (version: string): TestWorld => {
      const contents = { name: "copy", version, values: {}, annotations: {} };
      const of = { "ghcr.io/acme/charts/orders": contents };
      return worldWith({ attached: signed, contents: of }, { definition });
    };
    assert.equal((await verified(world("1.4.0"))).pass, true);
    const other = /its Chart\.yaml says 1\.3\.0, and v1\.4\.0 is pinned; pin what it is$/;
    await refused(world("1.3.0"), other, [IMAGE]);
  });

  describe("of a chart of a chart repository", () => {
    const AT = "https://charts.acme.example";
    const [BYTES, MOVED] = ["the package", "another package"];
    const sha256 = (text: string): string =>
      `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const PACKAGE = sha256(BYTES);
    const chartOf = (version: string, digest?: string): string => {
      const pinned = digest === undefined ? "" : `, digest: "${digest}"`;
      return `, chart: { name: orders, repository: "${AT}", version: ${version}${pinned} }`;
    };
    const OWN_CHART = { name: "orders", version: "1.4.0", values: {}, annotations: {} };
    let signed: NonNullable<WorldValues["attached"]>;
    let bundle: string;
    before(async () => {
      const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
      signed = { [`${NAME}@${IMAGE}`]: [attached(image.bundle)] };
      ({ bundle } = await authority.sign(statement(SLSA, PACKAGE), OWN));
    });

    const charted = (values: Partial<WorldValues> = {}, definition = chartOf("1.4.0", PACKAGE)) =>
      worldWith(
        {
          attached: signed,
          attestations: { [PACKAGE]: [bundle] },
          chartPackages: { [`${AT} orders 1.4.0`]: BYTES },
          contents: { [`${AT}/orders`]: OWN_CHART },
          ...values,
        },
        { definition },
      );

    it("are GitHub's of the package, which are recorded", async () => {
      const world = charted();
      const found = await verified(world);
      assert.equal(found.pass, true, found.reason);
      const [record] = world.edits.filter(({ file }) => file === recordFile(PACKAGE));
      const { kind, name } = JSON.parse(record?.text ?? "{}") as Record<string, unknown>;
      assert.deepEqual([kind, name], ["chart", `${AT}/orders`]);
    });

    it("are those beside its release on GitHub, also without the bundle's ending", async () => {
      for (const file of [
        "orders.sigstore",
        "orders-1.4.0.tgz.sigstore.json",
        "orders.intoto.jsonl",
      ]) {
        const released = { "acme/orders orders-1.4.0": { [file]: bundle } };
        const found = await verified(charted({ attestations: {}, released }));
        assert.equal(found.pass, true, `${file}: ${found.reason}`);
      }
    });

    it("are those beside the release that its index names", async () => {
      const url = new URL("https://github.com/acme/charts/releases/download/o%2F1/orders.tgz");
      const bytes = Buffer.from(BYTES);
      const find = () => Promise.resolve({ digest: PACKAGE, url, bytes });
      const versions = () => assert.fail("versions are listed");
      const own = { chartRepositories: () => ({ find, versions }) };
      const released = { "acme/charts o/1": { "orders.sigstore": bundle } };
      const world = { ...charted({ attestations: {}, released }), ...own };
      const found = await verified(world);
      assert.equal(found.pass, true, found.reason);
      url.host = "github.com.evil.example";
      assert.equal(
        (await verified({ ...charted({ attestations: {}, released }), ...own })).pass,
        false,
      );
    });

    it("aren't there: nobody signed it", () =>
      refused(
        charted({ attestations: {} }),
        /^https:\/\/charts\.acme\.example\/orders: no signature/,
        [IMAGE],
      ));

    it("aren't there: its pin has no digest", () =>
      refused(charted({}, chartOf("1.4.0")), /the chart has no digest; pin it as 1\.4\.0@sha256:/, [
        IMAGE,
      ]));

    it("aren't there: the package moved after it was pinned, whoever signed the other one", async () => {
      const other = await authority.sign(statement(SLSA, sha256(MOVED)), OWN);
      const attestations = { [PACKAGE]: [bundle], [sha256(MOVED)]: [other.bundle] };
      const chartPackages = { [`${AT} orders 1.4.0`]: MOVED };
      const reason = new RegExp(
        `${AT} has ${sha256(MOVED)} as 1\\.4\\.0 of orders, and ${PACKAGE} is pinned; publish another version$`,
      );
      await refused(charted({ attestations, chartPackages }), reason, [IMAGE]);
    });

    it("aren't there: the repository doesn't have it, which it says", () => {
      const problem = `${AT} has no chart orders; check its name`;
      const chartPackages = { [`${AT} orders 1.4.0`]: `no ${problem}` };
      return refused(charted({ chartPackages }), new RegExp(`^${AT}/orders: ${problem}$`), [IMAGE]);
    });

    it("aren't there: the package says that it is another version, or another chart", async () => {
      const says = (contents: object) =>
        charted({ contents: { [`${AT}/orders`]: { ...OWN_CHART, ...contents } } });
      const version = /its Chart\.yaml says 1\.3\.0, and 1\.4\.0 is pinned; pin what it is$/;
      await refused(says({ version: "1.3.0" }), version, [IMAGE]);
      const name = /its Chart\.yaml says catalog 1\.4\.0, and 1\.4\.0 is pinned; pin what it is$/;
      await refused(says({ name: "catalog" }), name, [IMAGE]);
    });

    it("aren't there: it names another image than the pinned one", () =>
      refused(
        charted({
          contents: { [`${AT}/orders`]: { ...OWN_CHART, values: { image: { digest: OTHER } } } },
        }),
        /image\.digest of its values names sha256:b+, and sha256:a+ is pinned/,
        [IMAGE],
      ));
  });

  describe("of a release's files", () => {
    const definition = ", assets: [orders.tar.gz]";
    const sha256 = (text: string): string =>
      `sha256:${createHash("sha256").update(text).digest("hex")}`;

    it("are those beside them, of the bytes that the release has", async () => {
      const image = await authority.sign(statement(COSIGN, IMAGE), OWN);
      const file = await authority.sign(statement(SLSA, sha256("bytes")), OWN);
      const world = (bytes: string): TestWorld =>
        worldWith(
          {
            attached: { [`${NAME}@${IMAGE}`]: [attached(image.bundle)] },
            released: {
              "acme/orders v1.2.0": {
                "orders.tar.gz": bytes,
                "orders.tar.gz.sigstore.json": file.bundle,
              },
            },
          },
          { definition },
        );
      const found = await verified(world("bytes"));
      assert.equal(found.pass, true, found.reason);
      const { pass, reason } = await verified(world("other bytes"));
      assert.equal(pass, false);
      assert.match(reason, /^orders\.tar\.gz: .*it is about/);
    });
  });

  describe("and are recorded", () => {
    async function recorded(): Promise<{ file: string; text: string }> {
      const { bundle } = await authority.sign(statement(COSIGN, IMAGE), OWN);
      const world = withBundle(bundle);
      await verified(world);
      const [edit] = world.edits;
      assert.ok(edit);
      return edit;
    }

    it("are asked for again where the policy of today demands something else", async () => {
      const { file, text } = await recorded();
      const more = { [file]: text };
      await refused(
        worldWith({}, { more, verify: `, predicates: ["${SLSA}"]` }),
        /no https:\/\/slsa/,
      );
    });

    it("are asked for again where the trust root is another one", async () => {
      const { file, text } = await recorded();
      await refused(worldWith({}, { more: { [file]: text }, root: stranger.root }), /no signature/);
    });

    it("are asked for again where the record is another digest's", async () => {
      const { text } = await recorded();
      const pin = `v1.2.0@${OTHER}`;
      const more = { [`evidence/${OTHER.replace(":", "-")}.json`]: text };
      await refused(worldWith({}, { pin, more }), /no signature/);
    });

    it("are asked for again where somebody wants that", async () => {
      const { file, text } = await recorded();
      const world = worldWith({}, { more: { [file]: text } });
      const { pass, by } = await verified(world, true);
      assert.deepEqual([pass, by], [false, "signatures"]);
    });
  });
});
