import assert from "node:assert/strict";
import { chartMeta, imageIn, withImage, withRevision } from "../../../src/core/publish/chart-files";
import { digestOf } from "../../support/model";

const PATHS = { repository: "image.repository", tag: "image.tag", digest: "image.digest" };
const IMAGE = { tag: "v1.2.0", digest: digestOf("a") };

const withIn = (text: string, paths = PATHS): string =>
  withImage({ file: "values.yaml", text }, paths, IMAGE);

describe("withImage", () => {
  it("changes the lines that it is about, and keeps comments, order and quotes", () => {
    const before =
      "# One.\nb: 'x' # two\nimage:\n  # The tag.\n  tag: \"\" # none\n  pull: yes\na: 1\n";
    assert.equal(
      withIn(before),
      before
        .replace('tag: ""', 'tag: "v1.2.0"')
        .replace("pull: yes\n", `pull: yes\n  digest: ${IMAGE.digest}\n`),
    );
  });

  it("takes a path that isn't there, and files of nothing or of comments", () => {
    const image = `image:\n  tag: v1.2.0\n  digest: ${IMAGE.digest}\n`;
    for (const [before, start] of [
      ["", ""],
      ["# Nothing.", "# Nothing.\n"],
      ["---\n", "---\n"],
    ] as const) {
      const text = withIn(before);
      assert.ok(text.startsWith(start), text);
      assert.deepEqual(
        [...text.slice(start.length).split("\n")].sort(),
        [...image.split("\n")].sort(),
      );
    }
    assert.equal(withIn("image: {}\n"), `image:\n  digest: ${IMAGE.digest}\n  tag: v1.2.0\n`);
  });

  it("writes the digest after the tag where the chart has no path for it", () => {
    const { digest: _digest, ...paths } = PATHS;
    const text = withImage({ file: "values.yaml", text: "image: { tag: x }\n" }, paths, IMAGE);
    assert.equal(text, `image: { tag: v1.2.0@${IMAGE.digest} }\n`);
    assert.deepEqual(
      imageIn({ values: { image: { tag: `v1.2.0@${IMAGE.digest}` } }, annotations: {} }, paths),
      IMAGE,
    );
  });

  it("writes what is there already no second time", () => {
    const once = withIn("image:\n  tag: x\n");
    assert.equal(withIn(once), once);
  });

  const OTHERS: readonly [string, RegExp][] = [
    ["image: ghcr.io/acme/orders:v1\n", /"image" is no mapping, and "image\.tag" is to be/],
    ["image: [1]\n", /"image" is no mapping/],
    ["image: { tag: { name: x } }\n", /"image\.tag" is no text/],
    ["image: &image { tag: x }\nother: *image\n", /would change more|shared|alias/],
    ["a: b: c\n", /./],
  ];
  for (const [text, message] of OTHERS) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => withIn(text),
        (cause: { kind?: string; issues?: { message: string }[] }) => {
          assert.equal(cause.kind, "findings");
          assert.match(cause.issues?.map((issue) => issue.message).join() ?? "", message);
          return true;
        },
      );
    });
  }
});

describe("a Chart.yaml", () => {
  const text = "# A chart.\nname: orders\nversion: 1.4.0\nappVersion: 1.10\n";

  it("says what its chart is called", () => {
    const meta = chartMeta({ file: "Chart.yaml", text });
    assert.deepEqual([meta.name, meta.version], ["orders", "1.4.0"]);
  });

  it("gets the commit beside the annotations that it has", () => {
    const file = { file: "Chart.yaml", text: `${text}annotations:\n  a: b\n` };
    const revision = "org.opencontainers.image.revision";
    assert.equal(withRevision(file, "c0ffee0"), `${file.text}  ${revision}: c0ffee0\n`);
  });
});
