import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { findTool } from "../../src/adapters/find-tool";
import { verifyBundle } from "../../src/adapters/sigstore/bundle";
import { releasesKilledAt, releasesWith } from "../support/cli";
import { findDescription } from "../support/github-description";
import { COMMIT, PublishingGithub, ServiceRepository } from "../support/publisher";
import { imageLayout, missingRegistryTool, regctlBeside, Registry } from "../support/registry";
import { RegistryFront } from "../support/registry-front";
import { text } from "../support/text";
import { digestOfBytes } from "../support/attach";

const description = findDescription();
const TAG = "refs/tags/v1.2.0";
const SIGNED = ["https://sigstore.dev/cosign/sign/v1", "https://slsa.dev/provenance/v1"];

describe("releases ci publish", function () {
  const missing =
    missingRegistryTool ?? (description === undefined ? "description of GitHub's API" : undefined);
  if (missing !== undefined || description === undefined) {
    it(`is skipped: there is no ${missing ?? ""}`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let github: PublishingGithub;
  let repository: ServiceRepository;
  let names = 0;
  /** The image's repository. */
  let name: string;

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    github = await PublishingGithub.start(description);
  });
  after(async () => {
    github.stop();
    front.stop();
    await registry.stop();
  });

  beforeEach(() => {
    github.forget();
    name = `acme/orders${names++}`;
    repository = serviceAt(front.host);
  });
  afterEach(() => assert.deepEqual(github.api.problems, []));

  function serviceAt(host: string, more = ""): ServiceRepository {
    return new ServiceRepository(github, {
      "releases.yaml":
        text`
        source: acme/orders
        mutableTags: [main, "*-test"]
        services:
          orders:
            images: ["${host}/${name}", "${host}/${name}-3.7"]
            branches: { main: main }
            releases: acme/orders
            assets: [orders.tar.gz]
      ` + more,
      "assets/orders.tar.gz": "files",
    });
  }

  /** Builds an image, as docker buildx leaves it. Returns its digest. */
  function build(content: string, into = "image"): string {
    const { layout, digest } = imageLayout(content);
    fs.rmSync(path.join(repository.folder, into), { recursive: true, force: true });
    fs.cpSync(layout, path.join(repository.folder, into), { recursive: true });
    return digest;
  }

  const ARGS = ["publish", "--layout", "image", "--assets", "assets"];
  const publish = (ref = TAG, ...more: string[]) =>
    repository.step(ref, ...ARGS, "--key", "key.pem", ...more);

  /** Requests that write to a registry. */
  const written = (): string[] =>
    front.asked.flatMap(({ line }) => (/^(?:PUT|POST|PATCH)/.test(line) ? line : []));
  /** Requests that write to GitHub. */
  const asked = (): string[] =>
    github.api.asked.flatMap(({ route }) => (route.startsWith("GET") ? [] : route));

  /** Returns the predicate types of what is attached to an image, each verified with the key. */
  async function attached(host: string, of: string, digest: string): Promise<string[]> {
    const image = `${host}/${of}@${digest}`;
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    const list = await regctlBeside("artifact", "list", image, "--format", format);
    const types: string[] = [];
    for (const referrer of list.split("\n").filter(Boolean)) {
      const bundle = await regctlBeside("artifact", "get", `${host}/${of}@${referrer}`);
      const verified = verifyBundle(bundle, { digest }, { key: repository.publicKey });
      assert.ok(!("problem" in verified), JSON.stringify(verified));
      types.push(verified.predicateType ?? "");
    }
    return types.sort();
  }

  it("pushes an image with its tags and aliases, signs it, and publishes its release", async () => {
    const digest = build("one");
    const { code, stdout, stderr } = await publish();
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      text`
        ${front.host}/${name}@${digest}: tagged v1.2.0, ${COMMIT}
        ${front.host}/${name}-3.7@${digest}: tagged v1.2.0, ${COMMIT}
        ${github.model.site}/acme/orders/releases/tag/v1.2.0
        digest=${digest}
        digests={"orders":"${digest}"}
      `,
    );
    for (const of of [name, `${name}-3.7`]) {
      for (const tag of ["v1.2.0", COMMIT]) assert.equal(registry.digest(of, tag), digest);
      assert.deepEqual(await attached(front.host, of, digest), SIGNED);
    }
    const [release, ...others] = github.model.releases;
    assert.deepEqual(others, []);
    assert.equal(release?.["draft"], false);
    assert.equal(release["target_commitish"], COMMIT);
    assert.equal(release["prerelease"], false);
    const files = release.assets.map((asset) => asset.name);
    assert.deepEqual(files, ["orders.tar.gz", "orders.sigstore", "orders.intoto.jsonl"]);
    assert.ok(String(release["body"]).includes(`- \`${front.host}/${name}:v1.2.0@${digest}\``));
    const [, bundle, envelope] = release.assets.map((asset) => {
      return github.model.download(`/acme/orders/releases/download/v1.2.0/${asset.name}`);
    });
    for (const of of [digest, digestOfBytes("files")]) {
      const key = { key: repository.publicKey };
      const verified = verifyBundle(bundle ?? "", { digest: of }, key);
      assert.ok(!("problem" in verified), JSON.stringify(verified));
    }
    const { dsseEnvelope } = JSON.parse(String(bundle)) as { dsseEnvelope: { payload: string } };
    assert.deepEqual(JSON.parse(String(envelope)), dsseEnvelope);
    const statement: unknown = JSON.parse(Buffer.from(dsseEnvelope.payload, "base64").toString());
    const source = "https://github.com/acme/orders";
    assert.deepEqual(statement, {
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        { name: `${front.host}/${name}`, digest: { sha256: digest.replace("sha256:", "") } },
        {
          name: "orders.tar.gz",
          digest: { sha256: digestOfBytes("files").replace("sha256:", "") },
        },
      ],
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "https://actions.github.io/buildtypes/workflow/v1",
          externalParameters: {
            workflow: { ref: TAG, repository: source, path: ".github/workflows/release.yml" },
          },
          internalParameters: { github: { event_name: "push" } },
          resolvedDependencies: [{ uri: `git+${source}@${TAG}`, digest: { gitCommit: COMMIT } }],
        },
        runDetails: {
          builder: { id: `${source}/.github/workflows/release.yml@${TAG}` },
          metadata: { invocationId: `${source}/actions/runs/42` },
        },
      },
    });
  });

  it("signs what cosign verifies", async function () {
    const cosign = findTool("cosign", [path.join(os.homedir(), "go/bin")]);
    if (cosign === undefined) this.skip();
    const digest = build("one");
    assert.equal((await publish()).code, 0);
    const run = (command: string, ...args: string[]) => {
      const image = `${front.host}/${name}-3.7@${digest}`;
      const all = [command, "--key", "key.pub", "--insecure-ignore-tlog", ...args, image];
      const env = { ...process.env, HOME: repository.folder };
      return promisify(execFile)(cosign, all, { cwd: repository.folder, env });
    };
    const { stdout } = await run("verify");
    assert.ok(stdout.includes(digest), stdout);
    const attested = await run("verify-attestation", "--type", "slsaprovenance1");
    assert.match(attested.stdout + attested.stderr, /in-toto/);
    await assert.rejects(run("verify-attestation", "--type", "cyclonedx"));
  });

  it("writes nothing when it is run again", async () => {
    build("one");
    await publish();
    for (const list of [front.asked, github.api.asked]) list.length = 0;
    const { code, stdout, stderr } = await publish();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /releases\/tag\/v1\.2\.0: published before\n/);
    assert.deepEqual([written(), asked()], [[], []]);
  });

  it("finishes what a killed run has left", async function () {
    this.timeout(300_000);
    let runs = 0;
    for (let nth = 1 + Math.floor(Math.random() * 4); ; nth += 4) {
      name = `acme/orders${names++}`;
      github.forget();
      repository = serviceAt(front.host);
      const digest = build("one");
      const args = ["ci", ...ARGS, "--key", "key.pem"];
      const run = await releasesKilledAt(nth, repository.folder, args, repository.environment(TAG));
      if (run.code === 0) break;
      runs++;
      assert.equal(run.code, null, run.stderr);
      const { code, stderr } = await publish();
      assert.equal(code, 0, `${nth}: ${stderr}`);
      for (const of of [name, `${name}-3.7`]) {
        for (const tag of ["v1.2.0", COMMIT]) assert.equal(registry.digest(of, tag), digest);
        assert.deepEqual(await attached(front.host, of, digest), SIGNED, String(nth));
      }
      assert.equal(github.model.releases.length, 1);
    }
    assert.ok(runs > 3, String(runs));
  });

  /** Asserts that a run is refused for these reasons, and that nothing was written. */
  async function assertRefused(reasons: readonly string[], ref = TAG): Promise<void> {
    for (const list of [front.asked, github.api.asked]) list.length = 0;
    const { code, stdout, stderr } = await publish(ref);
    assert.equal(code, 1, stdout + stderr);
    assert.equal(stderr, reasons.map((reason) => `${reason}\n`).join(""));
    assert.deepEqual([written(), asked()], [[], []]);
  }

  it("refuses a version that has other bytes, and says all that is wrong before it writes", async () => {
    const first = build("one");
    await publish();
    const second = build("two");
    fs.rmSync(path.join(repository.folder, "assets/orders.tar.gz"));
    await assertRefused([
      "orders.tar.gz of the release v1.2.0 wasn't built; put it into the folder of --assets",
    ]);
    repository.write({ "assets/orders.tar.gz": "files" });
    const tail = `:v1.2.0 is ${first} already, and ${second} was built; a version is published once: make the next one`;
    await assertRefused([
      `${front.host}/${name}${tail}`,
      `${front.host}/${name}-3.7${tail}`,
      "acme/orders has a release v1.2.0 already; make another version, or delete that release and run it again",
    ]);
  });

  it("refuses a release that a person made", async () => {
    build("one");
    github.model.releases.push({
      ...{ id: 77, tag_name: "v1.2.0", draft: false, html_url: "", body: "by hand", assets: [] },
    });
    await assertRefused([
      "acme/orders has a release v1.2.0 already; make another version, or delete that release and run it again",
    ]);
  });

  it("refuses other refs, a copy of the repository, and what isn't an image", async () => {
    build("one");
    await assertRefused(
      [
        "the tag nightly publishes nothing; push a tag v{version}, or a branch releases/*/*, or the branch main",
      ],
      "refs/tags/nightly",
    );
    const environment = { ...repository.environment(TAG), GITHUB_REPOSITORY: "mallory/orders" };
    const args = ["ci", ...ARGS, "--key", "key.pem"];
    const copy = await releasesWith(environment, repository.folder, ...args);
    assert.equal(copy.code, 2);
    assert.match(copy.stderr, /releases\.yaml is of acme\/orders, and this is mallory\/orders/);
    const keyless = await repository.step(TAG, ...ARGS, "--key", "none.pem");
    assert.equal(keyless.code, 2);
    assert.match(keyless.stderr, /there is no file none\.pem, which --key names/);
    const blob = fs.readdirSync(path.join(repository.folder, "image/blobs/sha256"))[0] ?? "";
    fs.appendFileSync(path.join(repository.folder, "image/blobs/sha256", blob), "x");
    front.asked.length = 0;
    const broken = await publish();
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, new RegExp(`image has other bytes for sha256:${blob}`));
    fs.rmSync(path.join(repository.folder, "image"), { recursive: true });
    const absent = await publish();
    assert.match(absent.stderr, /image is no OCI layout; build one/);
    assert.deepEqual(front.asked, []);
  });

  it("moves main, and keeps what a commit was built as", async () => {
    const ref = "refs/heads/main";
    const first = build("one");
    const { code, stderr } = await publish(ref);
    assert.equal(code, 0, stderr);
    const second = build("two");
    const again = await publish(ref);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, new RegExp(`tagged main; ${COMMIT} stays what was built before`));
    for (const of of [name, `${name}-3.7`]) {
      assert.equal(registry.digest(of, "main"), second);
      assert.equal(registry.digest(of, COMMIT), first);
    }
    assert.deepEqual(github.model.releases, []);
  });

  it("replaces the release of a mutable tag, and no other", async () => {
    const ref = "refs/tags/v0.1-test";
    for (const content of ["one", "two"]) {
      const digest = build(content);
      const { code, stderr } = await publish(ref);
      assert.equal(code, 0, stderr);
      assert.equal(registry.digest(name, "v0.1-test"), digest);
      const [release, ...others] = github.model.releases;
      assert.deepEqual(others, []);
      assert.ok(String(release?.["body"]).includes(digest));
      assert.equal(release?.["prerelease"], true);
    }
  });

  it("leaves neither a draft of its own nor one of a person", async () => {
    build("one");
    const draft = (id: number, body: string) => {
      return { id, tag_name: "v1.2.0", draft: true, html_url: "", body, assets: [] };
    };
    github.model.releases.push(
      draft(77, "notes of a person"),
      draft(78, "<!-- releases: publish -->\nhalf"),
    );
    const { code, stderr } = await publish();
    assert.equal(code, 0, stderr);
    const ids = github.model.releases.map(({ id }) => id);
    assert.deepEqual(ids.includes(77), true);
    assert.deepEqual(ids.includes(78), false);
  });

  it("says that nothing is signed where nobody may sign, and shows no secret", async () => {
    const digest = build("one");
    const { code, stdout, stderr } = await repository.step(TAG, ...ARGS);
    assert.equal(code, 0, stderr);
    assert.equal(
      stderr,
      "nothing is signed: the job has no permission id-token: write, and there is no --key\n",
    );
    assert.deepEqual(await attached(front.host, name, digest), []);
    const files = github.model.releases[0]?.assets.map((asset) => asset.name);
    assert.deepEqual(files, ["orders.tar.gz"]);
    assert.doesNotMatch(stdout + stderr, /MARKED|PRIVATE/);
  });

  it("writes the list of a registry that keeps none", async () => {
    repository = serviceAt(registry.host);
    const digest = build("one");
    const { code, stderr } = await publish();
    assert.equal(code, 0, stderr);
    assert.deepEqual(await attached(registry.host, name, digest), SIGNED);
    assert.deepEqual(await attached(registry.host, `${name}-3.7`, digest), SIGNED);
    assert.ok(registry.tags(name).includes(digest.replace(":", "-")));
  });
});
