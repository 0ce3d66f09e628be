import assert from "node:assert/strict";
import {
  checkSignatures,
  takenBack,
  type CheckedSignatures,
} from "../../../src/app/verify/check-signatures";
import { EnvironmentReader } from "../../../src/app/environments";
import { SILENT } from "../../../src/app/reporter";
import { verify } from "../../../src/app/verify/verify";
import { recordFile } from "../../../src/core/verify/record";
import { digestOfBytes } from "../../support/attach";
import { digestOf } from "../../support/model";
import { attachedBundle, signedImage, signingOf } from "../../support/signed";
import { GITHUB, SigstoreAuthority } from "../../support/sigstore-authority";
import { worldOf, type TestWorld, type Texts, type WorldValues } from "../../support/world";

const [RUNS, PINNED] = [digestOf("a"), digestOf("b")] as const;
const NAME = "ghcr.io/acme/orders";
const DEPLOYED = "c0ffee";

interface Tree {
  readonly root: string;
  readonly digest: string;
  readonly verify?: string;
  readonly more?: Texts;
}

/** A repository of which production pins orders, whose workflow signs it. */
function treeOf({ root, digest, verify = "{ mode: require }", more }: Tree): Texts {
  return {
    "service/shop.yaml":
      "- { github: orders, docker: orders, deploy: { release: v1.0.0 }, environments: [production] }\n",
    "environments.yaml": `environments:\n  production: { ref: "v*", accepts: [release], verify: ${verify} }\n`,
    "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "v1.2.0@${digest}" }
`,
    "trust/root.jsonl": `${root}\n`,
    ...more,
  };
}

describe("signatures that are checked again", function () {
  let authority: SigstoreAuthority;
  let stranger: SigstoreAuthority;
  let bundle: string;

  before(async () => {
    authority = await SigstoreAuthority.start();
    stranger = await SigstoreAuthority.start();
    bundle = await signedImage(authority, RUNS);
  });

  const treeWith = (tree: Partial<Tree> = {}): Texts =>
    treeOf({ root: authority.root, digest: RUNS, ...tree });

  function worldWith(deployed: Texts, tree: Texts, more: Partial<WorldValues> = {}): TestWorld {
    return worldOf({
      files: tree,
      git: { tags: { "v*": { "v1.0.0": DEPLOYED } }, commits: { [DEPLOYED]: deployed } },
      registries: {},
      attached: { [`${NAME}@${RUNS}`]: [attachedBundle(bundle)] },
      github: {},
      now: "2026-03-02T09:00:00Z",
      ...more,
    });
  }

  async function checked(world: TestWorld): Promise<CheckedSignatures> {
    const reader = new EnvironmentReader(world, SILENT);
    const state = reader.declared(reader.named("production"));
    return checkSignatures(world, reader, state, "production", SILENT);
  }

  const lostIn = ({ lost }: CheckedSignatures): [string, string][] =>
    lost.map(({ version, by }) => [version, by]);

  /** The record of what runs, as `verify` writes it. */
  async function recorded(): Promise<Texts> {
    const world = worldWith(treeWith(), treeWith());
    await verify(world, { services: [], stacks: [], again: true, record: true }, SILENT);
    return Object.fromEntries(world.edits.map(({ file, text }) => [file, text]));
  }

  it("count, and nothing is taken back", async () => {
    const more = await recorded();
    const world = worldWith(treeWith(), treeWith({ more }));
    const found = await checked(world);
    assert.deepEqual(found, {
      ...{ stack: "production", lost: [] },
      bundles: { [RUNS]: [digestOfBytes(Buffer.from(bundle))] },
    });
    assert.deepEqual(takenBack(world, [found]), []);
    assert.equal(world.open(), 0);
  });

  it("are those of what the ref pins, and of what the working tree does", async () => {
    const world = worldWith(treeWith(), treeWith({ digest: PINNED }));
    assert.deepEqual(lostIn(await checked(world)), [[`v1.2.0@${PINNED}`, "the working tree"]]);
    const other = worldWith(treeWith({ digest: PINNED }), treeWith());
    assert.deepEqual(lostIn(await checked(other)), [[`v1.2.0@${PINNED}`, "the working tree"]]);
  });

  it("don't count any more where they are gone: the record is taken back", async () => {
    const more = await recorded();
    const world = worldWith(treeWith(), treeWith({ more }), { attached: {} });
    const found = await checked(world);
    assert.deepEqual(lostIn(found), [[`v1.2.0@${RUNS}`, "the working tree"]]);
    const bundles = [digestOfBytes(Buffer.from(bundle))];
    assert.deepEqual(takenBack(world, [found]), [
      {
        ...{ file: recordFile(RUNS), name: NAME, digest: RUNS },
        ...{ bundles, repositories: [], text: undefined },
      },
    ]);
    // Another stack still counts it.
    assert.deepEqual(takenBack(world, [found, { bundles: { [RUNS]: bundles } }]), []);
    // Nobody asked about it.
    assert.deepEqual(takenBack(world, [{ bundles: { [PINNED]: [] } }]), []);
  });

  it("don't count by today's trust root, and do where they were deployed", async () => {
    const more = await recorded();
    const world = worldWith(treeWith(), treeWith({ root: stranger.root, more }));
    const found = await checked(world);
    assert.deepEqual(lostIn(found), [[`v1.2.0@${RUNS}`, "the working tree"]]);
    assert.deepEqual(
      takenBack(world, [found]).map(({ text }) => text),
      [undefined],
    );
  });

  it("don't count by the policy of the ref, and do by today's", async () => {
    const verify = `{ mode: require, identities: [{ issuer: "${GITHUB}", workflow: .github/workflows/other.yml }] }`;
    const more = await recorded();
    const world = worldWith(treeWith({ verify }), treeWith({ more }));
    const found = await checked(world);
    assert.deepEqual(lostIn(found), [[`v1.2.0@${RUNS}`, "v1.0.0"]]);
    assert.match(found.lost[0]?.reason ?? "", /signed by the workflow .*release\.yml/);
    assert.deepEqual(takenBack(world, [found]), []);
  });

  it("leave the other proofs of a record that loses one", async () => {
    const other = await signedImage(authority, RUNS, signingOf("acme/orders"));
    const both = { [`${NAME}@${RUNS}`]: [attachedBundle(bundle), attachedBundle(other)] };
    const key = JSON.stringify([digestOfBytes(Buffer.from(other))]).slice(2, -2);
    const [[file = "", text = ""] = []] = Object.entries(await recorded());
    const record = JSON.parse(text) as { proofs: Record<string, unknown>[] };
    record.proofs.push({ ...record.proofs[0], bundle: key });
    const more = { [file]: JSON.stringify(record) };
    const whole = worldWith(treeWith(), treeWith({ more }), { attached: both });
    assert.deepEqual(takenBack(whole, [await checked(whole)]), []);
    const world = worldWith(treeWith(), treeWith({ more }));
    assert.deepEqual(takenBack(world, [await checked(world)]), [
      { file, name: NAME, digest: RUNS, bundles: [key], repositories: [], text },
    ]);
  });

  it("can't be checked where a registry can't be asked", async () => {
    const world = worldWith(treeWith(), treeWith(), { registries: {} });
    const failing = {
      ...world,
      registries: () => ({
        ...world.registries(),
        attachedTo: () => Promise.reject(new Error("the registry is away")),
      }),
    };
    await assert.rejects(checked({ ...world, ...failing }), /the registry is away/);
    assert.equal(world.open(), 0);
  });
});
