import assert from "node:assert/strict";
import { compareResources } from "../../../src/adapters/pulumi/compare";
import { manifestChanges } from "../../../src/app/report/manifests";
import { outsideError, ReleasesError } from "../../../src/core/error";
import { helmRelease, worldOf, type WorldValues } from "../../support/world";

const releases = (pin: string, names: readonly string[] = ["orders"]) =>
  names.map((name) => helmRelease("testing", name, pin));

/** Returns the changes of the manifests from some releases to others. */
function changes(
  helm: WorldValues["helm"],
  before: ReturnType<typeof releases>,
  after: ReturnType<typeof releases>,
) {
  const world = worldOf({ files: {}, ...(helm !== undefined && { helm }) });
  return manifestChanges(world, compareResources(before, after), before, after);
}

/** A chart of one ConfigMap, with the release's values as they are. */
const render: WorldValues["helm"] = ({ name, values }) =>
  `kind: ConfigMap\nname: ${name}\ndata:\n  ${JSON.stringify(values)}`;

describe("manifestChanges", () => {
  it("returns the difference of what Helm renders", () => {
    assert.deepEqual(changes(render, releases("v1.0.0"), releases("v1.1.0")), [
      {
        name: "orders",
        diff: "@@ -2,3 +2,3 @@\n name: orders\n data:\n-  image: v1.0.0\n+  image: v1.1.0",
        problem: null,
        isRefused: false,
      },
    ]);
  });

  it("is empty where nothing differs, and shows a new release whole", () => {
    const same: WorldValues["helm"] = () => "kind: ConfigMap\n";
    assert.deepEqual(changes(same, releases("v1.0.0"), releases("v1.1.0")), [
      { name: "orders", diff: "", problem: null, isRefused: false },
    ]);
    assert.deepEqual(changes(same, [], releases("v1.1.0")), [
      {
        name: "orders",
        diff: "@@ -0,0 +1,1 @@\n+kind: ConfigMap",
        problem: null,
        isRefused: false,
      },
    ]);
  });

  describe("of a pinned digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const digestIn = (helm: WorldValues["helm"], names = ["orders"]) => {
      const [before, after] = [releases("v1.0.0", names), releases(`v1.1.0@${digest}`, names)];
      const world = worldOf({ files: {}, ...(helm !== undefined && { helm }) });
      const digests = new Map(names.map((name) => [name, digest]));
      return manifestChanges(world, compareResources(before, after), before, after, { digests });
    };

    it("say whether the chart renders it", () => {
      assert.equal(digestIn(render)[0]?.digest, "used");
      // As of helm create, which knows repository and tag alone.
      assert.equal(digestIn(() => "image: registry.example/orders:v1.1.0\n")[0]?.digest, "unused");
    });

    it("say that it isn't checked without Helm, where Helm fails, and where there are too many", () => {
      const nobody = {
        ...{ name: "orders", diff: "", problem: null, isRefused: false },
        digest: "not checked" as const,
      };
      assert.deepEqual(digestIn(null), [nobody]);
      const failing = digestIn(() => {
        throw outsideError("helm can't render it");
      });
      assert.deepEqual(failing, [{ ...nobody, problem: "helm can't render it" }]);
      const names = Array.from({ length: 12 }, (_, index) => `orders-${index}`);
      assert.deepEqual(
        digestIn(render, names).map(({ digest }) => digest),
        [...Array<string>(10).fill("used"), undefined, "not checked", "not checked"],
      );
    });
  });

  it("are rendered with the chart of each side's own tree", () => {
    const asked: string[] = [];
    const helm: WorldValues["helm"] = ({ folder }) => {
      asked.push(folder);
      return `kind: Pod\nmetadata: { name: ${folder} }\n`;
    };
    const [before, after] = [releases("v1.0.0"), releases("v1.1.0")];
    const folders = { before: () => "/before", after: () => "/after" };
    const changed = compareResources(before, after);
    const [found] = manifestChanges(worldOf({ files: {}, helm }), changed, before, after, {
      folders,
    });
    assert.deepEqual(asked.sort(), ["/after", "/before"]);
    assert.match(found?.diff ?? "", /-  name: \/before\n\+  name: \/after/);
  });

  it("has no content of a Secret", () => {
    const secret: WorldValues["helm"] = () =>
      `kind: Secret\ntype: Opaque\nstringData: { token: MARKED }\n`;
    assert.deepEqual(changes(secret, [], releases("v1.1.0")), [
      {
        name: "orders",
        diff: '@@ -0,0 +1,4 @@\n+kind: Secret\n+type: Opaque\n+stringData:\n+  token: "[secret]"',
        problem: null,
        isRefused: false,
      },
    ]);
  });

  const hidden = {
    "a List": "kind: List\nitems: [{ kind: Secret, data: { token: MARKED } }]\n",
    "a List in a List":
      "kind: List\nitems: [{ kind: List, items: [{ kind: Secret, stringData: { token: MARKED } }] }]\n",
    "a SecretList, whose items need no kind":
      "kind: SecretList\nitems: [{ data: { token: MARKED } }]\n",
    "data that is no mapping": "kind: Secret\ndata: MARKED\n",
    "a field of its own":
      "kind: Other\nspec: { template: { kind: Secret, data: { token: MARKED } } }\n",
    "the annotation of what was applied":
      "kind: Secret\nmetadata: { annotations: { kubectl.kubernetes.io/last-applied-configuration: 'MARKED' } }\n",
    "that annotation of another kind":
      "kind: A\nmetadata: { annotations: { objectset.rio.cattle.io/last-applied: 'MARKED' } }\n",
  };
  for (const [where, manifest] of Object.entries(hidden)) {
    it(`has no content of a Secret in ${where}`, () => {
      const [change] = changes(() => manifest, [], releases("v1.1.0"));
      assert.match(change?.diff ?? "", /\[secret\]/);
      assert.doesNotMatch(change?.diff ?? "", /MARKED/);
    });
  }

  it("is what went wrong where manifests can't be read, and none of it is a bug", () => {
    const bomb = [
      "a: &a [x]",
      ...[..."bcdefgh"].map((name, at) => {
        const before = String.fromCharCode(name.charCodeAt(0) - 1);
        return `${name}: &${name} [${Array.from({ length: 20 }, () => `*${before}`).join()}] # ${at}`;
      }),
    ].join("\n");
    for (const [manifest, problem] of [
      [
        "kind: Secret\ndata: { token: MARKED, [",
        /^the manifests of \.\/charts\/service\/0\.1\.0 can't be read: Flow sequence/,
      ],
      [bomb, /^the manifests of \.\/charts\/service\/0\.1\.0 can't be read: Excessive alias count/],
    ] as const) {
      const [change] = changes(() => manifest, [], releases("v1.1.0"));
      assert.match(change?.problem ?? "", problem);
      assert.doesNotMatch(change?.problem ?? "", /MARKED/);
    }
  });

  it("ends on the largest manifests, whatever is in them", () => {
    const keys = (at: number): string =>
      Array.from({ length: 30_000 }, (_, key) => `  k${key}: ${key + at}`).join("\n");
    let at = 0;
    const [change] = changes(
      () => `data:\n${keys(at++)}\n`,
      releases("v1.0.0"),
      releases("v1.1.0"),
    );
    assert.equal(change?.problem, "they differ too much to be compared");
  });

  it("is what went wrong where Helm fails, and nothing without Helm", () => {
    const fails: WorldValues["helm"] = () => {
      throw outsideError("helm can't render ./charts/service");
    };
    assert.deepEqual(changes(fails, [], releases("v1.0.0")), [
      { name: "orders", diff: "", problem: "helm can't render ./charts/service", isRefused: false },
    ]);
    assert.deepEqual(changes(null, [], releases("v1.0.0")), []);
  });

  it("is refused where Helm refuses what the change makes, not where it refused what was there", () => {
    const refuses =
      (bad: string): WorldValues["helm"] =>
      ({ values }) => {
        if (JSON.stringify(values).includes(bad)) throw new ReleasesError("findings", "bad");
        return "kind: ConfigMap\n";
      };
    const [before, after] = [releases("v1.0.0"), releases("v1.1.0")];
    const refused = { name: "orders", diff: "", problem: "bad", isRefused: true };
    assert.deepEqual(changes(refuses("v1.1.0"), before, after), [refused]);
    assert.deepEqual(changes(refuses("v1.0.0"), before, after), [{ ...refused, isRefused: false }]);
  });

  it("renders ten releases, and none that is deleted or stays", () => {
    const names = [..."abcdefghijkl"];
    const found = changes(render, [], releases("v1.0.0", names));
    assert.deepEqual(
      found.map(({ name }) => name),
      [...names.slice(0, 10), "others"],
    );
    assert.equal(found.at(-1)?.problem, "2 more aren't rendered");
    assert.deepEqual(changes(undefined, releases("v1.0.0"), []), []);
    assert.deepEqual(changes(undefined, releases("v1.0.0"), releases("v1.0.0")), []);
  });
});
