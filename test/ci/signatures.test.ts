import assert from "node:assert/strict";
import { digestOfBytes, Pusher, BUNDLE_TYPE } from "../support/attach";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { missingRegistryTool, Registry } from "../support/registry";
import { signedImage } from "../support/signed";
import { SigstoreAuthority } from "../support/sigstore-authority";
import { TufRepository } from "../support/tuf";
import { linkProgram, runStep } from "../support/workflows";
import { releasesWith } from "../support/cli";
import { recordFile } from "../../src/core/verify/record";

const description = findDescription();

describe("the verify workflow", function () {
  if (!hasGit || description === undefined || missingRegistryTool !== undefined) {
    it("is skipped: it takes git, docker-registry, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let asked: Asked[];
  let issues: Record<string, unknown>[];
  let isVisible: boolean;
  let pulls: Record<string, unknown>[];
  let registry: Registry;
  let authority: SigstoreAuthority;

  before(async () => {
    api = await GithubApi.start(description, answer);
    registry = await Registry.start();
    authority = await SigstoreAuthority.start();
  });
  beforeEach(() => {
    [asked, issues, isVisible, pulls] = [[], [], false, []];
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(async () => {
    api.stop();
    await registry.stop();
  });

  function answer(one: Asked): Answer {
    const route = one.route.replace("/repos/{owner}/{repo}", "");
    const { body } = one;
    if (route === "GET /issues") {
      return { status: 200, body: issues.filter(({ state }) => state === "open") };
    }
    if (route === "GET /pulls") {
      const [, head] = (one.parameters["head"] ?? "").split(":");
      const open = pulls.filter((pull) => pull["head"] === head && pull["state"] === "open");
      return { status: 200, body: open.map((pull) => ({ ...pull, head: {}, base: {} })) };
    }
    if (route === "GET /issues/{issue_number}/comments") return { status: 200, body: [] };
    if (one.route === "GET /repos/{owner}/{repo}") return { status: isVisible ? 200 : 404 };
    if (route === "GET /attestations/{subject_digest}") return { status: 404 };
    if (route.startsWith("GET ")) return { status: 404 };
    asked.push({ ...one, route });
    const user = { login: "github-actions[bot]", type: "Bot" };
    if (route === "POST /issues") issues.push({ number: 1, state: "open", user, ...body });
    if (route.startsWith("PATCH /issues")) Object.assign(issues[0] ?? {}, body);
    if (route === "POST /pulls") pulls.push({ number: 7, state: "open", ...body });
    if (route.startsWith("PATCH /pulls")) Object.assign(pulls[0] ?? {}, body);
    if (route.startsWith("DELETE ")) return { status: 204 };
    const sha = { "POST /git/trees": "a-tree", "POST /git/commits": "a-commit" }[route];
    const isNew = route.startsWith("POST ");
    return { status: isNew ? 201 : 200, body: { ...(sha ? { sha } : { number: 1 }) } };
  }

  const filesOf = (pins: string, root: string): Record<string, string> => ({
    "environments.yaml": `environments:
  testing: { ref: main, accepts: [release], verify: { mode: require } }
  production: { ref: "v*", from: testing, accepts: [release], verify: { mode: require } }
`,
    "service/shop.yaml": "- { github: orders, docker: orders, deploy: { release: v1.0.0 } }\n",
    ...Object.fromEntries(
      ["testing", "production"].map((stack) => [
        `Pulumi.${stack}.yaml`,
        `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${stack} }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: "${registry.host}/acme" }
  releases:versions: { orders: "${pins}" }
`,
      ]),
    ),
    "trust/root.jsonl": root,
  });

  const parsed = ({ root }: SigstoreAuthority) =>
    JSON.parse(root) as { readonly certificateAuthorities: readonly unknown[] };

  /** What was asked for with a body, by route. */
  const bodyOf = (route: string): Asked["body"] =>
    asked.find((one) => one.route === route)?.body ?? {};

  /** Returns a clone whose two environments run an image that is signed and recorded. */
  async function signedClone(name: string, root = `${authority.root}\n`) {
    const pusher = new Pusher(registry.host, "acme/orders");
    const { digest } = await pusher.image(name);
    const bundle = await signedImage(authority, digest);
    const layers = [await pusher.blob(bundle, BUNDLE_TYPE)];
    await pusher.index([await pusher.manifest({ layers })], digest.replace(":", "-"));
    const clone = new GitFolder();
    linkProgram(clone.path);
    clone.shell("rm -rf service infrastructure Pulumi.*.yaml environments.yaml");
    for (const [file, text] of Object.entries(filesOf(`v1.0.0@${digest}`, root)))
      clone.write(file, text);
    const nobody = { GITHUB_TOKEN: "", GH_TOKEN: "" };
    const { code, stderr } = await releasesWith(nobody, clone.path, "verify");
    assert.equal(code, 0, stderr);
    clone.commit("start");
    clone.git("tag", "v1.0.0");
    return { clone, digest, pusher, bundle };
  }

  const github = () => ({
    GITHUB_API_URL: api.address,
    GITHUB_REPOSITORY: "acme/releases",
    GITHUB_REF: "refs/heads/main",
  });

  async function look(clone: GitFolder, stacks: readonly string[]): Promise<void> {
    for (const stack of stacks) {
      const values = { "matrix.stack": stack, "github.token": "MARKED-token" };
      const { code, out } = await runStep("verify.yml", "Check", clone.path, values, github());
      assert.equal(code, 0, out);
      assert.doesNotMatch(out, /MARKED/);
    }
  }

  async function report(clone: GitFolder): Promise<string> {
    const values = { "github.token": "MARKED-token" };
    const { code, out } = await runStep("verify.yml", "Report", clone.path, values, github());
    assert.equal(code, 0, out);
    return out.trim();
  }

  it("says nothing while all signatures count", async () => {
    const { clone } = await signedClone("fine");
    await look(clone, ["testing", "production"]);
    assert.match(await report(clone), /all signatures count that are demanded$/);
    assert.deepEqual(asked, []);
  });

  it("opens an issue when signatures are gone, proposes to remove the evidence, and closes it once they are back", async () => {
    const { clone, digest, pusher, bundle } = await signedClone("gone");
    const index = digest.replace(":", "-");
    await pusher.index([], index);
    await look(clone, ["testing", "production"]);
    const said = await report(clone);
    assert.match(said, /#1: some signatures don't count\nhttps:\/\/github\.com\/\S+\/pull\/\d+$/);
    const text = String(issues[0]?.["body"]);
    assert.match(
      text,
      /### testing\n\n```text\norders v1\.0\.0@sha256:\w+ \(require\): \S+acme\/orders: no signature/,
    );
    assert.match(text, /### production\n/);
    assert.deepEqual(bodyOf("POST /git/trees")["tree"], [
      { path: recordFile(digest), mode: "100644", type: "blob", sha: null },
    ]);
    const { title, head, base } = bodyOf("POST /pulls");
    assert.deepEqual(
      [title, head, base],
      ["evidence: take back what 1 record said", "evidence/taken-back", "main"],
    );
    const layers = [await pusher.blob(bundle, BUNDLE_TYPE)];
    await pusher.index([await pusher.manifest({ layers })], index);
    await look(clone, ["testing", "production"]);
    asked.length = 0;
    assert.match(
      await report(clone),
      /#1: all signatures count that are demanded\nclosed https:\/\/github\.com\/\S+\/pull\/\d+$/,
    );
    assert.deepEqual(
      [...issues, ...pulls].map(({ state }) => state),
      ["closed", "closed"],
    );
    assert.deepEqual(
      asked.map(({ route }) => route),
      [
        "PATCH /issues/{issue_number}",
        "POST /issues/{issue_number}/comments",
        "PATCH /pulls/{pull_number}",
        "DELETE /git/refs/{ref}",
      ],
    );
    assert.deepEqual(
      [asked[1]?.parameters["issue_number"], asked[1]?.body["body"]],
      [
        "7",
        "<!-- releases: withdrawn evidence/taken-back -->\nThe signatures count again: there is no evidence to take back.",
      ],
    );
    assert.equal(asked[3]?.parameters["ref"], "heads/evidence/taken-back");
    asked.length = 0;
    assert.match(await report(clone), /^all signatures count that are demanded$/m);
    assert.deepEqual(asked, []);
  });

  it("leaves the pull request open while a stack can't be checked", async () => {
    const { clone } = await signedClone("stays");
    pulls.push({ number: 7, state: "open", head: "evidence/taken-back" });
    await look(clone, ["testing"]);
    assert.match(await report(clone), /#1: some signatures don't count$/);
    assert.equal(pulls[0]?.["state"], "open");
  });

  it("takes nothing back while a stack couldn't be checked, which the issue says", async () => {
    const { clone, digest, pusher } = await signedClone("unknown");
    await pusher.index([], digest.replace(":", "-"));
    await look(clone, ["testing"]);
    assert.match(
      await report(clone),
      /\nno evidence is taken back until every stack can be checked$/,
    );
    assert.match(String(issues[0]?.["body"]), /### production\n\nIt couldn't be checked\./);
    assert.deepEqual(
      asked.map(({ route }) => route),
      ["POST /issues"],
    );
  });

  it("asks about every stack by itself where no job did", async () => {
    const { clone, digest, pusher } = await signedClone("alone");
    await pusher.index([], digest.replace(":", "-"));
    const env = { ...github(), GITHUB_TOKEN: "MARKED-token" };
    const { code, stdout, stderr } = await releasesWith(env, clone.path, "ci", "verify");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^#1: some signatures don't count\nhttps:\/\/github\.com\/\S+\n$/);
    assert.match(String(issues[0]?.["body"]), /### testing\n[^]*### production\n/);
  });

  it("proposes a newer trust root with its records, and nothing where there is none", async () => {
    const other = await SigstoreAuthority.start();
    const [one, two] = [parsed(authority), parsed(other)];
    const certificateAuthorities = [...one.certificateAuthorities, ...two.certificateAuthorities];
    const newer = JSON.stringify({ ...one, certificateAuthorities });
    const tuf = await TufRepository.start(authority.root);
    try {
      const { clone, digest } = await signedClone("root");
      clone.write(
        `trust/${tuf.address.replace("http://", "").replace(":", "-")}.json`,
        tuf.initial,
      );
      clone.commit("the root to begin with");
      const env = { ...github(), GITHUB_TOKEN: "MARKED-token" };
      const refresh = () =>
        releasesWith(env, clone.path, "ci", "refresh-root", "--tuf", tuf.address);
      assert.deepEqual((await refresh()).stdout, "no trust root is newer\n");
      assert.deepEqual(asked, []);
      tuf.publish(newer);
      const { code, stdout, stderr } = await refresh();
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^https:\/\/github\.com\/\S+\/pull\/\d+\n$/);
      const tree = bodyOf("POST /git/trees")["tree"] as { path: string; content: string }[];
      assert.deepEqual(
        tree.map(({ path: file }) => file),
        ["trust/root.jsonl", recordFile(digest)],
      );
      assert.equal(tree[0]?.content, `${newer}\n`);
      assert.ok(tree[1]?.content.includes(digestOfBytes(Buffer.from(`${newer}\n`))));
      const { title, body, head } = bodyOf("POST /pulls");
      assert.deepEqual([title, head], ["trust: take the newer trust root", "trust/newer-root"]);
      assert.equal(
        body,
        "`trust/root.jsonl` as its TUF repository has it today. 1 record in evidence/ verified with it, and changed with it.",
      );
      assert.equal(clone.git("status", "--porcelain"), "");
      // Somebody took the newer one by hand.
      clone.write("trust/root.jsonl", `${newer}\n`);
      assert.match(
        (await refresh()).stdout,
        /^no trust root is newer\nclosed https:\/\/github\.com\/\S+\/pull\/\d+\n$/,
      );
      assert.equal(pulls[0]?.["state"], "closed");
      pulls[0] = { ...pulls[0], state: "open" };
      clone.write("trust/root.jsonl", "{}\n");
      assert.equal((await refresh()).stdout, "no trust root is newer\n");
      assert.equal(pulls[0]["state"], "open");
    } finally {
      tuf.stop();
    }
  });

  it("takes back an attestation of GitHub only where the token may see the repository", async () => {
    const { clone, digest, pusher } = await signedClone("hidden");
    await pusher.index([], digest.replace(":", "-"));
    const file = recordFile(digest);
    clone.write(
      file,
      clone.read(file).replace(/"place": "[^"]*"/, '"place": "attestations of acme/orders"'),
    );
    await look(clone, ["testing", "production"]);
    const said = await report(clone);
    assert.match(said, /\nno evidence is taken back: the token may not see acme\/orders$/);
    isVisible = true;
    assert.match(await report(clone), /\nhttps:\/\/github\.com\/\S+\/pull\/\d+$/);
  });

  it("takes nothing back by a trust root that can't be read, which the issue says", async () => {
    const { clone } = await signedClone("broken");
    clone.write("trust/root.jsonl", "{}\n");
    await look(clone, ["testing", "production"]);
    const said = await report(clone);
    assert.match(said, /\nno evidence is taken back until every stack can be checked$/);
    const text = String(issues[0]?.["body"]);
    assert.match(text, /### Trust\n\n```text\ntrust\/root\.jsonl:1:1 trust-root mediaType of the/);
  });

  it("takes nothing back by what it can't read", async () => {
    const { clone, digest, pusher } = await signedClone("left");
    await pusher.index([], digest.replace(":", "-"));
    await look(clone, ["testing", "production"]);
    for (const left of ["{", '{"bundles":{"x":1}}']) {
      clone.write("signatures/testing.json", left);
      const said = await report(clone);
      assert.match(said, /\nno evidence is taken back until every stack can be checked$/);
    }
  });
});
