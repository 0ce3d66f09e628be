import * as fs from "node:fs";
import * as path from "node:path";
import { text } from "../../support/text";
import { EXTERNAL, stack, type BadInput, type Finding } from "./parts";
import { DIGEST } from "../../support/model";
import type { Files } from "../../support/repository";

const KEY = text`
  -----BEGIN PUBLIC KEY-----
  MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEc+dPLDmQyijofT3Lc7Qkon2hIH8w
  dGUHHpQXKL+7t+yAJATJzXxbM68jI/rmlaX6yk0coPan0ec1wUcouqTG7w==
  -----END PUBLIC KEY-----
`;

/** A promotion path whose one environment has this `verify`. */
const pathWith = (verify: string): Record<string, string> => ({
  "environments.yaml": text`
    environments:
      testing: { accepts: [release], verify: ${verify} }
  `,
});

/** GitHub's trust root as it was before its newest authority. */
function oldRoot(): string {
  const file = path.join(__dirname, "../../fixtures/sigstore/github-trusted-root.json");
  const root = JSON.parse(fs.readFileSync(file, "utf8")) as { certificateAuthorities: object[] };
  const { certificateAuthorities, ...rest } = root;
  const ended = certificateAuthorities.slice(0, 4);
  return JSON.stringify({ ...rest, certificateAuthorities: ended });
}

/** A stack that pins a digest. */
const signed = (): Files =>
  stack(
    EXTERNAL,
    `releases:github: { owner: acme }\nreleases:versions: { orders: "v1.2.0@${DIGEST}" }\n`,
  );

/** What every environment that wants signatures says about it. */
const NOT_SIGNED: Finding = {
  code: "unverified",
  at: "Pulumi.testing.yaml:6:24",
  severity: "warning",
  says: `"orders" v1.2.0@${DIGEST} has no evidence on record: ghcr.io/acme/orders: no signature or provenance that counts; run releases verify orders --stack testing`,
};

/** What is signed, and what signatures are trusted by. */
export const EVIDENCE: readonly BadInput[] = [
  {
    code: "unverified",
    files: {
      ...stack(EXTERNAL, "releases:versions: { orders: v1.2.0 }\n"),
      ...pathWith("{ mode: require, identities: [{ key: trust/orders.pub }] }"),
      "trust/orders.pub": KEY,
    },
    at: "Pulumi.testing.yaml:5:24",
    says: `"orders" v1.2.0 has no evidence on record: ghcr.io/acme/orders: its pin has no digest; pin it as v1.2.3@sha256:...; run releases verify orders --stack testing`,
  },
  {
    code: "trust-root",
    shows: "A trust root that is missing.",
    files: { ...signed(), ...pathWith("{ mode: warn }") },
    at: "trust/root.jsonl:1:1",
    says: "the trust root is missing; write it with gh attestation trusted-root",
    also: [NOT_SIGNED],
  },
  {
    code: "trust-root",
    shows: "A trust root that can't be trusted.",
    files: { ...signed(), ...pathWith("{ mode: warn }"), "trust/root.jsonl": "{}\n" },
    at: "trust/root.jsonl:1:1",
    says: "mediaType of the trust root must be application/vnd.dev.sigstore.trustedroot+json;version=0.1; take it anew from its source",
    also: [NOT_SIGNED],
  },
  {
    code: "trust-root",
    shows: "A key that is none.",
    files: {
      ...signed(),
      ...pathWith("{ mode: warn, identities: [{ key: trust/orders.pub }] }"),
      "trust/orders.pub": "-----BEGIN PRIVATE KEY-----\n",
    },
    at: "trust/orders.pub:1:1",
    says: "the file isn't a public key in PEM; commit the public half of the key alone",
    also: [NOT_SIGNED],
  },
  {
    code: "trust-root",
    shows: "A key that is missing.",
    files: { ...signed(), ...pathWith("{ mode: warn, identities: [{ key: trust/orders.pub }] }") },
    at: "trust/orders.pub:1:1",
    says: "the public key is missing; commit it, or take it out of environments.yaml",
    also: [NOT_SIGNED],
  },
  {
    code: "old-trust-root",
    files: () => ({
      ...signed(),
      ...pathWith("{ mode: warn }"),
      "trust/root.jsonl": oldRoot(),
    }),
    at: "trust/root.jsonl:1:1",
    severity: "warning",
    says: "no authority of the trust root signs any more; write it anew with gh attestation trusted-root",
    also: [NOT_SIGNED],
  },
];
