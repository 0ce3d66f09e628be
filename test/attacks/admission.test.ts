import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Registries } from "../../src/adapters/oci/regctl";
import { COSIGN_SIGNATURE } from "../../src/core/verify/judge";
import { promotionStatements, SUMMARY_TYPE, type Promotion } from "../../src/core/verify/promotion";
import type { Engine } from "../../src/format/cluster-policy";
import { ADMISSION_TOOLS, admissionOf, printedPolicies, type Pod } from "../support/admission";
import { Pusher } from "../support/attach";
import { setEnvironment } from "../support/environment";
import { digestOf } from "../support/model";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { RegistryFront } from "../support/registry-front";
import { SigstoreAuthority } from "../support/sigstore-authority";
import {
  keys,
  PAGE,
  SUBJECTS,
  workflows,
  type Given,
  type Way,
  type Who,
} from "../support/signing-ways";
import { TufRepository } from "../support/tuf";

const OTHER = digestOf("a");

function signature(digest: string, by: Who = "builder"): Given[] {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: COSIGN_SIGNATURE,
    predicate: {},
  };
  return [{ predicateType: COSIGN_SIGNATURE, statement: JSON.stringify(statement), by }];
}

/** What a deployment attests to: a summary, and the record of the promotion. */
function verdict(digest: string, by: Who = "promoter", more: Partial<Promotion> = {}): Given[] {
  const promotion: Promotion = {
    page: PAGE,
    environment: "production",
    from: ["staging"],
    stack: "production",
    service: "orders",
    version: `v1.0.0@${digest}`,
    commit: "c1",
    policy: "0".repeat(64),
    gates: ["order", "soak"],
    isVerified: true,
    inputs: [],
    at: new Date(),
    ...more,
  };
  const name = "ghcr.io/acme/orders";
  return promotionStatements(promotion, { kind: "image", name, digest }).map((one) => {
    return { ...one, by };
  });
}

function failedSummary(digest: string): Given[] {
  return verdict(digest)
    .filter(({ predicateType }) => predicateType === SUMMARY_TYPE)
    .map((one) => ({ ...one, statement: one.statement.replace('"PASSED"', '"FAILED"') }));
}

/** A record for staging that says production after it was signed. */
function editedRecord(digest: string): Given[] {
  return verdict(digest, "promoter", { environment: "staging" }).map((one) => ({
    ...one,
    edit: (bundle) => {
      const value = JSON.parse(bundle) as { dsseEnvelope: { payload: string } };
      const payload = Buffer.from(value.dsseEnvelope.payload, "base64").toString();
      const edited = payload.replaceAll("staging", "production");
      value.dsseEnvelope.payload = Buffer.from(edited).toString("base64");
      return JSON.stringify(value);
    },
  }));
}

/** The policies that are printed for production. */
const [SIGNED, PROMOTED] = ["releases-production-orders", "releases-production-promoted"];

/** What is attached to an image of a digest, and the policies that refuse it, by what happened to it. */
type Images = Readonly<Record<string, readonly [(own: string) => Given[], ...string[]]>>;

const IMAGES: Images = {
  "signed, and promoted through staging": [(own) => [...signature(own), ...verdict(own)]],
  "signed, and never ran in staging": [(own) => signature(own), PROMOTED],
  "signed, and a summary that failed": [
    (own) => [...signature(own), ...failedSummary(own)],
    PROMOTED,
  ],
  "signed, and promoted to staging": [
    (own) => [...signature(own), ...verdict(own, "promoter", { environment: "staging" })],
    PROMOTED,
  ],
  "signed, and a record that was changed": [
    (own) => [...signature(own), ...editedRecord(own)],
    PROMOTED,
  ],
  "signed, and promoted by another repository": [
    (own) => [...signature(own), ...verdict(own, "promoter", { page: `${PAGE}-2` })],
    PROMOTED,
  ],
  "signed, and a record of another digest": [
    (own) => [...signature(own), ...verdict(OTHER)],
    PROMOTED,
  ],
  "signed, and promoted by the builder": [
    (own) => [...signature(own), ...verdict(own, "builder")],
    PROMOTED,
  ],
  "promoted, and a signature of another digest": [
    (own) => [...signature(OTHER), ...verdict(own)],
    SIGNED,
  ],
  "promoted, and signed by a stranger": [
    (own) => [...signature(own, "stranger"), ...verdict(own)],
    SIGNED,
  ],
  "promoted, and not signed": [(own) => verdict(own), SIGNED],
  "neither signed nor promoted": [() => [], SIGNED, PROMOTED],
};

/** Who signs records of promotions with certificates that don't count. */
const LOOKALIKES: Images = Object.fromEntries(
  (Object.keys(SUBJECTS) as Who[])
    .filter((who) => who !== "builder" && who !== "promoter")
    .map((who): [string, Images[string]] => [
      `signed, and promoted by ${who}`,
      [(own) => [...signature(own), ...verdict(own, who)], PROMOTED],
    ]),
);

const WAYS = {
  keys: { made: () => Promise.resolve(keys()), images: IMAGES },
  "workflows, in a log": { made: () => workflows("all"), images: { ...IMAGES, ...LOOKALIKES } },
  "workflows of private repositories": {
    made: () => workflows("none"),
    images: { ...IMAGES, ...LOOKALIKES },
  },
  "workflows of public services, in a private repository": {
    made: () => workflows("none", "all"),
    images: IMAGES,
  },
};

/** Images that pods name otherwise than by digest: one that may run, and one that never ran in staging. */
const NAMED: Readonly<
  Record<string, readonly [(good: Pushed, bad: Pushed) => Pod, Readonly<Record<Engine, string[]>>]>
> = {
  "a tag and its digest": [
    (good) => ({ containers: [`${good.repository}:${good.tag}@${good.digest}`] }),
    { kyverno: [], "policy-controller": [] },
  ],
  // In a cluster Kyverno pins a tag before it judges; its command doesn't.
  "a tag": [
    (good) => ({ containers: [`${good.repository}:${good.tag}`] }),
    { kyverno: [SIGNED, PROMOTED], "policy-controller": [] },
  ],
  "the tag of what never ran in staging": [
    (_, bad) => ({ containers: [`${bad.repository}:${bad.tag}`] }),
    { kyverno: [SIGNED, PROMOTED], "policy-controller": [PROMOTED] },
  ],
  "the admitted image's tag, with another's digest": [
    (good, bad) => ({ containers: [`${bad.repository}:${good.tag}@${bad.digest}`] }),
    { kyverno: [PROMOTED], "policy-controller": [PROMOTED] },
  ],
  // What is deployed, and attested to, is the digest of all platforms.
  "a platform of the admitted image": [
    (good) => ({ containers: [`${good.repository}@${good.platform}`] }),
    { kyverno: [SIGNED, PROMOTED], "policy-controller": [SIGNED, PROMOTED] },
  ],
  "two images, of which one may run": [
    (good, bad) => ({ containers: [nameOf(good), nameOf(bad)] }),
    { kyverno: [PROMOTED], "policy-controller": [PROMOTED] },
  ],
  "an image for its start that may not run": [
    (good, bad) => ({ containers: [nameOf(good)], initContainers: [nameOf(bad)] }),
    { kyverno: [PROMOTED], "policy-controller": [PROMOTED] },
  ],
  "an image beside the running one that may not run": [
    (good, bad) => ({ containers: [nameOf(good)], ephemeralContainers: [nameOf(bad)] }),
    { kyverno: [PROMOTED], "policy-controller": [PROMOTED] },
  ],
  // The notes of the policies say so.
  "an image that no policy names": [
    ({ repository, digest }) => ({ containers: [`${repository}-2@${digest}`] }),
    { kyverno: [], "policy-controller": [SIGNED, PROMOTED] },
  ],
};

/** The ways that each engine takes. */
const TAKEN: readonly (readonly [Engine, keyof typeof WAYS])[] = [
  ["kyverno", "keys"],
  ["kyverno", "workflows, in a log"],
  ["kyverno", "workflows of private repositories"],
  // The tester of policy-controller takes one trust root at a time.
  ["kyverno", "workflows of public services, in a private repository"],
  ["policy-controller", "workflows, in a log"],
  ["policy-controller", "workflows of private repositories"],
];

/** An image of two platforms in a registry. */
interface Pushed {
  /** With its registry. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** The digest of one of its platforms. */
  readonly platform: string;
}

function nameOf({ repository, digest }: Pushed): string {
  return `${repository}@${digest}`;
}

describe("what a cluster admits with the printed policies", function () {
  this.timeout(300_000);

  if (missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let registries: Registries;
  let restore: () => void;

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    restore = setEnvironment({ PATH: PATH_WITH_REGCTL });
    registries = new Registries();
  });
  after(async () => {
    registries.close();
    restore();
    front.stop();
    await registry.stop();
  });

  /** Pushes an image of its own for two platforms, and what is attached to it. */
  async function pushed(host: string, way: Way, tag: string, given: (digest: string) => Given[]) {
    const repository = "acme/orders";
    const pusher = new Pusher(host, repository);
    const platforms = [];
    for (const architecture of ["amd64", "arm64"]) {
      const layers = [await pusher.blob(randomUUID(), "text/plain")];
      const manifest = await pusher.manifest({ layers });
      platforms.push({ ...manifest, platform: { os: "linux", architecture } });
    }
    const { digest } = await pusher.index(platforms, tag);
    for (const one of given(digest)) {
      const bundle = await way.sign(one);
      const text = one.edit?.(bundle) ?? bundle;
      const { predicateType } = one;
      await registries.attach(
        { host, repository, digest },
        { text, predicateType, at: new Date() },
      );
    }
    const platform = platforms[0]?.digest ?? "";
    return { repository: `${host}/${repository}`, tag, digest, platform };
  }

  /** Returns the TUF repository that an engine asks. */
  async function repositoryFor(engine: Engine, { root }: Way): Promise<TufRepository> {
    // Kyverno is to believe the printed root alone, so nothing here is signed by what this one has.
    if (engine === "kyverno") return TufRepository.start((await SigstoreAuthority.start()).root);
    // The tester of policy-controller asks for a target without a name.
    return TufRepository.start(root, "");
  }

  for (const [engine, name] of TAKEN) {
    describe(`${engine}, ${name}`, () => {
      const admission = admissionOf(engine);
      if (admission === undefined) {
        it(`is skipped: there is no ${ADMISSION_TOOLS[engine]} in PATH`, function () {
          this.skip();
        });
        return;
      }
      const { made, images } = WAYS[name];
      let refused: Map<string, string[]>;

      before(async () => {
        const way = await made();
        // One of both lists no referrers.
        const { host } = name === "keys" ? registry : front;
        const tuf = await repositoryFor(engine, way);
        const all: Pushed[] = [];
        for (const [index, [given]] of Object.values(images).entries()) {
          all.push(await pushed(host, way, `v1.0.${index}`, given));
        }
        const [good, bad] = all;
        assert.ok(good !== undefined && bad !== undefined);
        const pods = new Map<string, Pod>([
          ...all.map((image, index): [string, Pod] => [
            `image-${index}`,
            { containers: [nameOf(image)] },
          ]),
          ...Object.values(NAMED).map(([podOf], index): [string, Pod] => [
            `named-${index}`,
            podOf(good, bad),
          ]),
        ]);
        refused = await admission(printedPolicies(engine, host, way), pods, tuf);
        tuf.stop();
      });

      for (const [index, [image, [, ...policies]]] of Object.entries(images).entries()) {
        it(`${policies.length === 0 ? "admits" : "refuses"} ${image}`, () => {
          assert.deepEqual(refused.get(`image-${index}`), policies);
        });
      }

      for (const [index, [pod, [, policies]]] of Object.entries(NAMED).entries()) {
        it(`${policies[engine].length === 0 ? "admits" : "refuses"} ${pod}`, () => {
          assert.deepEqual(refused.get(`named-${index}`), policies[engine]);
        });
      }
    });
  }
});
