import { generateKeyPairSync } from "node:crypto";
import { keySigner } from "../../src/adapters/sigstore/signing";
import { PUBLIC_AUTHORITY } from "../../src/format/trust-root";
import { GITHUB, SigstoreAuthority } from "./sigstore-authority";

/** The page of the repository that deploys. */
export const PAGE = "https://github.com/acme/releases";

/** Names in certificates. Whoever isn't the builder or the promoter may sign nothing. */
export const SUBJECTS = {
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

export type Who = keyof typeof SUBJECTS;

/** A statement that somebody signs and attaches. */
export interface Given {
  readonly predicateType: string;
  readonly statement: string;
  readonly by: Who;
  /** Changes the bundle after it was signed. */
  readonly edit?: (bundle: string) => string;
}

/** One way in which builder and promoter sign, and how the environment names it. */
export interface Way {
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
export function keys(): Way {
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

/**
 * With certificates of workflows, whose signatures are in a log or have a signed time.
 * @param building the builder's. Default: those of all others
 */
export async function workflows(logs: "all" | "none", building = logs): Promise<Way> {
  const authority = await SigstoreAuthority.start(logs);
  const another = await SigstoreAuthority.start(building);
  const builders = building === logs ? authority : another;
  const unknown = await SigstoreAuthority.start(logs);
  const roots = [authority, builders].map((one) => asPublic(one.root));
  const root = [...new Set(roots)].join("\n");
  return {
    root,
    identities: `identities: [{ issuer: ${GITHUB}, workflow: .github/workflows/release.yml }]`,
    files: { "trust/root.jsonl": root },
    sign: async ({ statement, by }) => {
      const issuer = by === "another issuer" ? "https://accounts.example" : GITHUB;
      const signing = { subject: SUBJECTS[by], claims: { 8: issuer } };
      const known = by === "builder" ? builders : authority;
      const signer = by === "an authority nobody trusts" ? unknown : known;
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
