import assert from "node:assert/strict";
import fc from "fast-check";
import { signatureVerifier } from "../../src/adapters/github/webhook-signature";
import type { Intent } from "../../src/core/receive/intent";
import { receiverLog } from "../../src/receiver/log";
import { Metrics } from "../../src/receiver/metrics";
import { serverOf } from "../../src/receiver/server";
import { findDescription } from "../support/github-description";
import { SECRET, signatureOf } from "../support/receiver-process";
import { webhooksOf, type Said, type Webhook } from "../support/webhook-payloads";

const description = findDescription();
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
/** Payloads of each webhook. With DEEP in the environment, as many as a release is worth. */
const RUNS = process.env["DEEP"] === undefined ? 10 : 1000;

const [BEFORE, AFTER, NONE] = ["a".repeat(40), "b".repeat(40), "0".repeat(40)];
const REPOSITORY = { full_name: "acme/orders" };
const repository = "acme/orders";

/** What a payload says of our services, and what it hints at; undefined for nothing. */
interface Told {
  readonly says: Said;
  readonly hint: Intent | undefined;
}

const release = (isGone = false): Intent => {
  return { kind: "release", repository, tag: "v1.2.0", isGone };
};

/** By the action. Drafts are of no release that anybody sees. */
const RELEASES: Readonly<Record<string, Intent | undefined>> = {
  created: undefined,
  deleted: release(true),
  edited: release(),
  prereleased: release(),
  published: release(),
  released: release(),
  unpublished: release(true),
};

const PULLS_THAT_MOVE: readonly string[] = [
  ...["closed", "converted-to-draft", "edited", "labeled", "opened"],
  ...["ready-for-review", "reopened", "synchronize", "unlabeled"],
];

/** Pushes by ref, commits before and after, and what of these is known; undefined for no branch. */
const PUSHES: readonly [
  string,
  string,
  string,
  { readonly before: string | null; readonly after: string | null } | undefined,
][] = [
  ["refs/heads/feature/x", BEFORE, AFTER, { before: BEFORE, after: AFTER }],
  ["refs/heads/feature/x", NONE, AFTER, { before: null, after: AFTER }],
  ["refs/heads/feature/x", BEFORE, NONE, { before: BEFORE, after: null }],
  ["refs/tags/v1.2.0", NONE, AFTER, undefined],
];

const IMAGE: Intent = { kind: "image", repository: "ghcr.io/acme/orders" };

/** Returns what a webhook may tell of our services. */
function toldBy({ event, name }: Webhook): Told[] {
  const action = name.slice(event.length + 1);
  switch (event) {
    case "release":
      return [true, false].map((draft) => ({
        says: { release: { tag_name: "v1.2.0", draft }, repository: REPOSITORY },
        hint: draft ? undefined : RELEASES[action],
      }));
    case "pull_request":
      return [
        {
          says: { number: 7, pull_request: { number: 7 }, repository: REPOSITORY },
          hint: PULLS_THAT_MOVE.includes(action)
            ? { kind: "pull-request", repository, number: 7 }
            : undefined,
        },
      ];
    case "push":
      return PUSHES.map(([ref, before, after, said]) => ({
        says: { ref, before, after, repository: REPOSITORY },
        hint: said && { kind: "push", repository, branch: "feature/x", ...said },
      }));
    default: {
      const key = event;
      const of = (package_type: string, package_version: Said | null, name = ""): Said => ({
        [key]: { package_type, package_version, name, owner: { login: "Acme" } },
        repository: REPOSITORY,
      });
      const at = (package_url: string) => ({ package_url });
      return [
        { says: of("CONTAINER", at("ghcr.io/Acme/orders:v1.2.0")), hint: IMAGE },
        { says: of("container", at("ghcr.io/acme/orders:")), hint: IMAGE },
        { says: of("container", at(`ghcr.io/acme/orders@sha256:${"c".repeat(64)}`)), hint: IMAGE },
        { says: of("container", at("")), hint: undefined },
        { says: of("container", at(""), "no name of an image"), hint: undefined },
        { says: of("container", at(""), "Orders"), hint: IMAGE },
        // By the other schemas there is a version always.
        ...(name === "package-published" ? [{ says: of("container", null), hint: undefined }] : []),
        { says: of("npm", at("https://npm.pkg.github.com/acme/orders")), hint: undefined },
        { says: of("npm", at("")), hint: undefined },
        { says: of("npm", at(`https://npm.pkg.github.com/${"a".repeat(300)}`)), hint: undefined },
      ];
    }
  }
}

const EVENTS = new Set(["package", "pull_request", "push", "registry_package", "release"]);

describe(`payloads that GitHub's schemas take (SEED=${SEED})`, function () {
  if (description === undefined) {
    it("is skipped: there is no description of GitHub's API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let accepted: Intent[];

  /** Delivers to a receiver. Returns the status of the answer, and which intent was kept. */
  async function deliver(event: string, payload: object): Promise<unknown[]> {
    accepted = [];
    const server = serverOf({
      isSigned: await signatureVerifier([SECRET]),
      identityOf: undefined,
      accept: (_id, intent) => {
        accepted.push(intent);
        return Promise.resolve(true);
      },
      unready: () => undefined,
      metrics: new Metrics(),
      log: receiverLog(
        () => undefined,
        () => new Date(0),
      ),
    });
    const body = JSON.stringify(payload);
    const { statusCode } = await server.inject({
      method: "POST",
      url: "/github",
      headers: {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": "a",
        "x-github-hook-id": "1",
        "x-hub-signature-256": signatureOf(body),
      },
      payload: body,
    });
    await server.close();
    return [statusCode, ...accepted];
  }

  const webhooks = webhooksOf(description, EVENTS);

  it("are of each event, with every action that GitHub describes", () => {
    const names = webhooks.map(({ name }) => name);
    for (const name of [
      ...["push", "package-published", "registry-package-published"],
      ...Object.keys(RELEASES).map((action) => `release-${action}`),
      ...PULLS_THAT_MOVE.map((action) => `pull-request-${action}`),
    ]) {
      assert.ok(names.includes(name), name);
    }
  });

  for (const webhook of webhooks) {
    it(`hint at what changed, and at nothing else: ${webhook.name}`, async () => {
      for (const { says, hint } of toldBy(webhook)) {
        const expected = hint === undefined ? [200] : [202, hint];
        await fc.assert(
          fc.asyncProperty(webhook.saying(says), async (payload) => {
            assert.deepEqual(await deliver(webhook.event, payload), expected);
          }),
          { seed: SEED, numRuns: RUNS },
        );
      }
    });
  }
});
