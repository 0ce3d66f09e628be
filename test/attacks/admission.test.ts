import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Registries } from "../../src/adapters/oci/regctl";
import { keySigner } from "../../src/adapters/sigstore/signing";
import { clusterPolicy } from "../../src/app/cluster-policy";
import { SILENT } from "../../src/app/reporter";
import { COSIGN_SIGNATURE } from "../../src/core/verify/judge";
import { promotionStatements, SUMMARY_TYPE, type Promotion } from "../../src/core/verify/promotion";
import { engineProblems, formatClusterPolicy, type Engine } from "../../src/format/cluster-policy";
import { PUBLIC_AUTHORITY } from "../../src/format/trust-root";
import { ADMISSION_TOOLS, admissionOf, type Pod } from "../support/admission";
import { Pusher } from "../support/attach";
import { setEnvironment } from "../support/environment";
import { digestOf } from "../support/model";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { RegistryFront } from "../support/registry-front";
import { GITHUB, SigstoreAuthority } from "../support/sigstore-authority";
import { definition, shopFiles } from "../support/shop";
import { TufRepository } from "../support/tuf";
import { worldOf } from "../support/world";

const PAGE = "https://github.com/acme/releases";
const OTHER = digestOf("a");

/** Names in certificates. Whoever isn't the builder or the promoter may sign nothing. */
const SUBJECTS = {
  builder: "https://github.com/acme/orders/.github/workflows/release.yml@refs/tags/v1.2.0",
  promoter: `${PAGE}/.github/workflows/deploy.yml@refs/heads/main`,
  stranger: "https://github.com/evil/orders/.github/workflows/release.yml@refs/tags/v1.2.0",
  "another branch": `${PAGE}/.github/workflows/deploy.yml@refs/heads/next`,
  "a branch that begins alike": `${PAGE}/.github/workflows/deploy.yml@refs/heads/main2`,
  "another workflow": `${PAGE}/.github/workflows/test.yml@refs/heads/main`,
  "a repository that begins alike": `${PAGE}-2/.github/workflows/deploy.yml@refs/heads/main`,
  "another issuer": `${PAGE}/.github/workflows/deploy.yml@refs/heads/main`,
  "an authority nobody trusts": `${PAGE}/.github/workflows/deploy.yml@refs/heads/main`,
} as const;

type Who = keyof typeof SUBJECTS;

/** A statement that somebody signs and attaches. */
interface Given {
  readonly predicateType: string;
  readonly statement: string;
  readonly by: Who;
  /** Changes the bundle after it was signed. */
  readonly edit?: (bundle: string) => string;
}

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
  "nothing at all": [() => [], SIGNED, PROMOTED],
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

/** One way in which builder and promoter sign, and how the environment names it. */
interface Way {
  readonly identities: string;
  /** Of the repository. */
  readonly files: Readonly<Record<string, string>>;
  /** The trust root of the certificates; empty of keys. */
  readonly root: string;
  /** The file of the promoter's public key. */
  readonly key?: string;
  sign(given: Given): Promise<string>;
}

/** With keys. */
function keys(): Way {
  const pairs = new Map<string, ReturnType<typeof keyPair>>();
  const of = (who: Who) => {
    const pair = pairs.get(who) ?? keyPair();
    pairs.set(who, pair);
    return pair;
  };
  return {
    identities: "identities: [{ key: trust/builder.pub }]",
    files: {
      "trust/builder.pub": of("builder").publicKey,
      "trust/promoter.pub": of("promoter").publicKey,
    },
    root: "",
    key: "trust/promoter.pub",
    sign: ({ statement, by }) => of(by).signer.sign(statement),
  };
}

function keyPair() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keySigner(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
}

/** With certificates of workflows, whose signatures are in a log or have a signed time. */
async function workflows(logs: "all" | "none"): Promise<Way> {
  const authority = await SigstoreAuthority.start(logs);
  const unknown = await SigstoreAuthority.start(logs);
  const root = logs === "all" ? asPublic(authority.root) : authority.root;
  return {
    root,
    identities: `identities: [{ issuer: ${GITHUB}, workflow: .github/workflows/release.yml }]`,
    files: { "trust/root.jsonl": root },
    sign: async ({ statement, by }) => {
      const issuer = by === "another issuer" ? "https://accounts.example" : GITHUB;
      const signing = { subject: SUBJECTS[by], claims: { 8: issuer } };
      const signer = by === "an authority nobody trusts" ? unknown : authority;
      return (await signer.sign({ statement: JSON.parse(statement) as object }, signing)).bundle;
    },
  };
}

/** Returns a trust root under the name of Sigstore's public instance. */
function asPublic(root: string): string {
  const value = JSON.parse(root) as { certificateAuthorities: object[] };
  const authorities = value.certificateAuthorities.map((one) => ({
    ...one,
    uri: PUBLIC_AUTHORITY,
  }));
  return JSON.stringify({ ...value, certificateAuthorities: authorities });
}

const WAYS = {
  keys: { made: () => Promise.resolve(keys()), images: IMAGES },
  "workflows, in a log": { made: () => workflows("all"), images: { ...IMAGES, ...LOOKALIKES } },
  "workflows of private repositories": {
    made: () => workflows("none"),
    images: { ...IMAGES, ...LOOKALIKES },
  },
};

/** The ways that each engine takes. */
const TAKEN: readonly (readonly [Engine, keyof typeof WAYS])[] = [
  ["kyverno", "keys"],
  ["kyverno", "workflows, in a log"],
  ["kyverno", "workflows of private repositories"],
  ["policy-controller", "workflows, in a log"],
  ["policy-controller", "workflows of private repositories"],
];

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

  /** Returns the policies that are printed for production. */
  function printed(engine: Engine, { identities, files, key }: Way): string {
    const environments = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], verify: { mode: require, ${identities} } }
`;
    const pins = Object.fromEntries(
      ["testing", "staging", "production"].map((stack) => [stack, ["orders: v1.0.0"]]),
    );
    const hosts = { production: `${front.host}/acme` };
    const list = definition("orders");
    const world = worldOf({
      files: { ...shopFiles({ list, environments, pins, hosts }), ...files },
      now: new Date().toISOString(),
    });
    const request = { environment: "production", repository: "acme/releases", key };
    const policy = clusterPolicy(world, request, SILENT);
    assert.deepEqual([...policy.problems, ...engineProblems(policy, engine)], []);
    return formatClusterPolicy(policy, engine);
  }

  /** Pushes an image and what is attached to it, and returns its name with the digest. */
  async function pushed(way: Way, content: string, given: (digest: string) => Given[]) {
    const { digest } = await new Pusher(front.host, "acme/orders").image(content);
    const image = { host: front.host, repository: "acme/orders", digest };
    for (const one of given(digest)) {
      const bundle = await way.sign(one);
      const text = one.edit?.(bundle) ?? bundle;
      await registries.attach(image, { text, predicateType: one.predicateType, at: new Date() });
    }
    return `${front.host}/acme/orders@${digest}`;
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
        // Kyverno is to believe the printed root, and nothing here is signed by what the repository has.
        const target = engine === "kyverno" ? (await SigstoreAuthority.start()).root : way.root;
        const tuf = await TufRepository.start(target);
        const pods = new Map<string, Pod>();
        for (const [index, [image, [given]]] of Object.entries(images).entries()) {
          const container = await pushed(way, `${engine} ${name} ${image}`, given);
          pods.set(`pod-${index}`, { containers: [container] });
        }
        refused = await admission(printed(engine, way), pods, tuf);
        tuf.stop();
      });

      for (const [index, [image, [, ...policies]]] of Object.entries(images).entries()) {
        it(`${policies.length === 0 ? "admits" : "refuses"} what is ${image}`, () => {
          assert.deepEqual(refused.get(`pod-${index}`), policies);
        });
      }
    });
  }
});
