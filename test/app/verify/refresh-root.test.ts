import assert from "node:assert/strict";
import { EnvironmentReader } from "../../../src/app/environments";
import { outsideError } from "../../../src/core/error";
import { lint } from "../../../src/app/lint";
import {
  refreshRoot,
  type RefreshedRoot,
  type RootSource,
} from "../../../src/app/verify/refresh-root";
import { SILENT } from "../../../src/app/reporter";
import { verify } from "../../../src/app/verify/verify";
import { recordFile } from "../../../src/core/verify/record";
import { digestOf } from "../../support/model";
import { attachedBundle, signedImage } from "../../support/signed";
import { SigstoreAuthority } from "../../support/sigstore-authority";
import { worldOf, type TestWorld, type Texts, type WorldValues } from "../../support/world";

const IMAGE = digestOf("a");
const NAME = "ghcr.io/acme/orders";
const MINUTE = 60_000;
const ROOT = "trust/root.jsonl";
const [PUBLIC, GITHUB] = ["https://tuf.example", "https://tuf-github.example"];

const filesOf = (root: string): Texts => ({
  "service/shop.yaml": "- { github: orders, docker: orders, deploy: { release: v1.0.0 } }\n",
  "environments.yaml":
    "environments:\n  production: { accepts: [release], verify: { mode: require } }\n",
  "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "v1.2.0@${IMAGE}" }
`,
  [ROOT]: root,
});

/** Returns one trust root with the authorities and logs of several. */
function joined(...authorities: readonly SigstoreAuthority[]): string {
  const roots = authorities.map(({ root }) => JSON.parse(root) as Record<string, unknown[]>);
  const keys = ["certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"];
  const all = keys.map((key) => [key, roots.flatMap((root) => root[key] ?? [])]);
  return JSON.stringify({ ...roots[0], ...(Object.fromEntries(all) as object) });
}

describe("a newer trust root", function () {
  let [first, second, github]: SigstoreAuthority[] = [];
  let bundle: string;

  before(async () => {
    [first, second] = [await SigstoreAuthority.start(), await SigstoreAuthority.start()];
    github = await SigstoreAuthority.start("none");
    bundle = await signedImage(first, IMAGE);
  });

  const authority = (one: SigstoreAuthority | undefined): SigstoreAuthority => {
    assert.ok(one);
    return one;
  };

  function worldWith(files: Texts, more: Partial<WorldValues> = {}): TestWorld {
    return worldOf({
      files,
      registries: {},
      attached: { [`${NAME}@${IMAGE}`]: [attachedBundle(bundle)] },
      github: {},
      // The authorities are of today.
      now: new Date(Date.now() + MINUTE).toISOString(),
      ...more,
    });
  }

  /** The files of a repository in which everything is recorded. */
  async function recorded(root: string): Promise<Texts> {
    const world = worldWith(filesOf(root));
    await verify(world, { services: [], stacks: [], again: true, record: true }, SILENT);
    const edits = world.edits.map(({ file, text }) => [file, text]);
    return { ...filesOf(root), ...(Object.fromEntries(edits) as Texts) };
  }

  function refreshed(
    world: TestWorld,
    roots: Texts,
    more: Partial<RootSource> = {},
  ): Promise<RefreshedRoot> {
    const source: RootSource = {
      mirrors: [PUBLIC, GITHUB],
      known: PUBLIC,
      fetch: (mirror) => Promise.resolve(roots[mirror] ?? assert.fail(mirror)),
      proposed: () => undefined,
      ...more,
    };
    return refreshRoot(world, new EnvironmentReader(world, SILENT), source, SILENT);
  }

  const lintOf = (files: Texts): string[] => {
    const world = worldWith(files);
    return lint({ ...world, git: { branch: () => undefined } }).issues.map(({ code }) => code);
  };

  it("isn't one that says the same, however it is written", async () => {
    const { root } = authority(first);
    for (const text of [`${root}\n`, root, `${JSON.stringify(JSON.parse(root), null, 2)}\n`]) {
      const world = worldWith(await recorded(text));
      const { files } = await refreshed(world, {
        [PUBLIC]: JSON.stringify(JSON.parse(root), null, 4),
      });
      assert.deepEqual([...files], []);
    }
  });

  it("comes with the records that it verifies, so that lint finds nothing", async () => {
    const files = await recorded(`${authority(first).root}\n`);
    const newer = joined(authority(first), authority(second));
    const found = await refreshed(worldWith(files), { [PUBLIC]: newer });
    assert.deepEqual([...found.files.keys()], [ROOT, recordFile(IMAGE)]);
    assert.equal(found.files.get(ROOT), `${newer}\n`);
    assert.deepEqual([found.lost, found.unknown], [[], []]);
    assert.deepEqual(lintOf(files), []);
    assert.deepEqual(lintOf({ ...files, [ROOT]: `${newer}\n` }), ["unverified"]);
    assert.deepEqual(lintOf({ ...files, ...Object.fromEntries(found.files) }), []);
  });

  it("says which signatures count no more: their authority is gone", async () => {
    const both = joined(authority(first), authority(second));
    const files = await recorded(`${both}\n`);
    const found = await refreshed(worldWith(files), { [PUBLIC]: authority(second).root });
    assert.deepEqual([...found.files.keys()], [ROOT]);
    assert.deepEqual(found.lost, [`orders v1.2.0@${IMAGE} in production`]);
  });

  it("is the same later, where it was proposed before", async () => {
    const files = await recorded(`${authority(first).root}\n`);
    const roots = { [PUBLIC]: joined(authority(first), authority(second)) };
    const before = await refreshed(worldWith(files), roots);
    const later = worldWith(files, { now: new Date(Date.now() + 2 * MINUTE).toISOString() });
    const proposed = (file: string) => before.files.get(file);
    assert.deepEqual(await refreshed(later, roots, { proposed }), before);
    // What somebody else put there isn't taken.
    const other = (file: string) => before.files.get(file)?.replace("referrers", "elsewhere");
    const { files: found } = await refreshed(later, roots, { proposed: other });
    const own = await refreshed(later, roots);
    assert.deepEqual(found, own.files);
    assert.notDeepEqual(found, before.files);
  });

  it("is asked of GitHub's repository where the root to begin with is here", async () => {
    const rest = authority(github).root;
    const files = await recorded(`${authority(first).root}\n${rest}\n`);
    const roots = {
      [PUBLIC]: authority(first).root,
      [GITHUB]: joined(authority(github), authority(second)),
    };
    const without = await refreshed(worldWith(files), roots);
    assert.deepEqual([...without.files], []);
    assert.deepEqual(without.unknown, [
      `${ROOT}: 1 of its instances stay as they are; their TUF repository's root isn't here (trust/tuf-github.example.json)`,
    ]);
    const initials: (string | undefined)[] = [];
    const world = worldWith({ ...files, "trust/tuf-github.example.json": "INITIAL" });
    const found = await refreshed(world, roots, {
      fetch: (mirror, initial) => {
        initials.push(initial);
        return Promise.resolve(roots[mirror] ?? "");
      },
    });
    assert.deepEqual(initials, [undefined, "INITIAL"]);
    assert.equal(found.files.get(ROOT), `${authority(first).root}\n${roots[GITHUB]}\n`);
    assert.deepEqual(found.unknown, []);
  });

  it("that can't be read is refused", async () => {
    const world = worldWith(await recorded(`${authority(first).root}\n`));
    await assert.rejects(refreshed(world, { [PUBLIC]: "{}" }), {
      kind: "outside",
      message:
        /^https:\/\/tuf\.example has what can't be used: mediaType of the trust root must be /,
    });
  });

  it("is proposed without the records of stacks whose registry can't be asked, which is said", async () => {
    const world = worldWith(await recorded(`${authority(first).root}\n`));
    const failing = {
      ...world,
      registries: () => ({
        ...world.registries(),
        attachedTo: () => Promise.reject(outsideError("ghcr.io is away")),
      }),
    };
    const roots = { [PUBLIC]: joined(authority(first), authority(second)) };
    const found = await refreshed(failing, roots);
    assert.deepEqual([...found.files.keys()], [ROOT]);
    assert.deepEqual(found.unknown, ["production: ghcr.io is away"]);
  });
});
