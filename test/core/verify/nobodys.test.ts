import assert from "node:assert/strict";
import { nobodys } from "../../../src/core/verify/nobodys";

const GITHUB = "https://token.actions.githubusercontent.com";
const { raw } = String;

/** Rules that somebody's certificate may have, and those that nobody's or anybody's could. */
const RULES: Readonly<
  Record<keyof typeof nobodys, { readonly taken: string[]; readonly refused: string[] }>
> = {
  issuer: {
    taken: [
      GITHUB,
      `${GITHUB}/acme`,
      "https://acme.auth0.com/",
      "http://oidc.local:8080",
      raw`^https://accounts\.acme\.(?:example|test)$`,
      raw`^(?:https://a\.example|https://b\.example)$`,
      "none",
    ],
    refused: [
      "token.actions.githubusercontent.com",
      `${GITHUB}/`,
      GITHUB.replace("https", "http"),
      GITHUB.toUpperCase(),
      "accounts.google.com",
      "GitHub Actions",
      raw`^accounts\.acme\.example$`,
    ],
  },
  repository: {
    taken: ["acme/orders", "Acme/Orders.js", raw`^acme/orders-.+$`, raw`^acme/(?:orders|web)$`],
    refused: [
      "orders",
      "acme/orders/",
      "acme/orders.git",
      "https://github.com/acme/orders",
      raw`^[^/]+/orders$`,
      raw`^acme/orders\.git$`,
      "^acme/orders|evil/orders$",
    ],
  },
  workflow: {
    taken: [
      ".github/workflows/release.yml",
      ".github/workflows/my release.yaml",
      "acme/ci/.github/workflows/build.yml",
      raw`^\.github/workflows/release-.+\.yml$`,
    ],
    refused: [
      "release.yml",
      "Release",
      "/.github/workflows/release.yml",
      "./.github/workflows/release.yml",
      ".github/workflows/release.yml@refs/heads/main",
      ".github/workflows/release.sh",
      "https://github.com/acme/orders/.github/workflows/release.yml",
      "acme/.github/workflows/release.yml",
    ],
  },
  ref: {
    taken: [
      "refs/heads/main",
      "refs/pull/7/merge",
      raw`^refs/tags/v\d+$`,
      "^(?:refs/heads/main|refs/heads/next)$",
      "^(?!refs/heads/dev).+$",
    ],
    refused: ["main", "v1.2.0", "heads/main", raw`^v\d+$`, "^main$", "^(main|next)$"],
  },
  subject: {
    taken: [
      "release@acme.example",
      "https://github.com/acme/orders/.github/workflows/release.yml@refs/heads/main",
      raw`^https://github\.com/acme/.+@refs/tags/v.+$`,
      raw`^https:\/\/github\.com\/acme\/.+$`,
      raw`^https://gitlab\.com/acme/.+$`,
      raw`^.+@acme\.example$`,
    ],
    refused: [
      raw`^https://github\.com/[^/]+/orders/\.github/workflows/ci\.yml@refs/heads/next$`,
      raw`^https:\/\/github\.com\/.+\/ci\.yml@refs\/heads\/next$`,
      raw`^https://github\.com/acme.+$`,
    ],
  },
};

describe("a rule about a part of a certificate", () => {
  for (const part of ["issuer", "repository", "workflow", "ref", "subject"] as const) {
    const { taken, refused } = RULES[part];
    for (const rule of taken) {
      it(`may be the ${part} ${rule}`, () => assert.equal(nobodys[part](rule), undefined));
    }
    for (const rule of refused) {
      it(`isn't the ${part} ${rule}`, () => assert.match(nobodys[part](rule) ?? "", /, /));
    }
  }
});
