import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { keySigner } from "../src/adapters/sigstore/signing";
import { WORKFLOW_FILE } from "../src/core/publish/workflow";
import { releasesWith } from "./support/cli";
import { commandsIn, documentText, type ConsoleCommand } from "./support/documents";
import { folderOf, writeFiles } from "./support/folder";
import { GitFolder } from "./support/git";
import type { PublishingGithub } from "./support/publisher";
import { RUN, missingForCharts, withPublishing } from "./support/publisher";
import type { Registry } from "./support/registry";
import { imageLayout, PATH_WITH_REGCTL } from "./support/registry";
import type { Workflow } from "./support/workflows";

/** The commands of the walk, with what the document shows below each. */
const WALK = commandsIn("docs/publishing.md", "shell-session");

/** What the workflow of orders calls the command line by. */
const IN_WORKFLOW = "npx --no --prefix .github/releases releases";

/** So many of its steps run for a tag: the image, its chart, and what anybody sees of them. */
const OF_A_TAG = 3;

describe("docs/publishing.md: from a tag of a service to production", function () {
  this.timeout(180_000);
  const missing = missingForCharts();
  if (missing !== undefined) {
    it(`is skipped: there is no ${missing}`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let github: PublishingGithub;
  withPublishing((...started) => ([registry, github] = started));

  it("shows what each command prints", async () => {
    const walk = new Walk(registry, github);
    const shown: ConsoleCommand[] = [];
    for (const { command } of WALK) {
      shown.push({ command, output: await walk.run(command) });
    }
    assert.deepEqual(github.api.problems, []);
    if (process.env["SHOW_WALK"] !== undefined) {
      for (const { command, output } of shown) console.log(`$ ${command}\n${output}`);
    }
    assert.deepEqual(shown.map(timeless), WALK.map(timeless));
  });
});

/** Returns a command whose digests, commits and times, which differ each time, are the same words. */
function timeless({ command, output }: ConsoleCommand): ConsoleCommand {
  const same = output
    .replaceAll(/\b[0-9a-f]{12}\b/g, "<digest>")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d\.\d{3})?Z/g, "<time>");
  return { command, output: same.replaceAll(/ {2,}/g, "  ") };
}

/** Returns the texts of the list that the document shows, by file. */
function listed(host: string, digest: string): Record<string, string> {
  const blocks = documentText("docs/publishing.md").matchAll(/```yaml\n# (\S+)\n([^]*?)```/g);
  const texts = [...blocks].map(([, file = "", block = ""]) => [
    file,
    block.replaceAll("ghcr.io", host).replaceAll(/sha256:[0-9a-f]{12}\.\.\./g, digest),
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}

/** A list, and the repository of a service beside it. */
class Walk {
  readonly #list: GitFolder;
  readonly #service: GitFolder;
  readonly #registry: Registry;
  readonly #github: PublishingGithub;
  /** The folder that the walk is in. */
  #current: GitFolder;
  /** The tag that was pushed last, and what its image was published as. */
  #tag = "";
  /** The ref that the workflow runs for. */
  #ref = "";
  #digest = "";

  constructor(registry: Registry, github: PublishingGithub) {
    [this.#registry, this.#github] = [registry, github];
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const { publicKey } = keySigner(pem);
    const { "Pulumi.testing.yaml": stack = "", ...files } = listed(
      registry.host,
      imageLayout("v1.0.0").digest,
    );
    this.#list = new GitFolder({
      ...files,
      "Pulumi.testing.yaml": stack,
      "Pulumi.production.yaml": stack,
      "trust/orders.pub": publicKey,
      "trust/root.jsonl": documentText("test/fixtures/sigstore/github-trusted-root.json"),
    });
    this.#list.commit("orders v1.0.0");
    this.#service = new GitFolder({
      "charts/orders/Chart.yaml": "apiVersion: v2\nname: orders\nversion: 0.4.0\n",
      "charts/orders/values.yaml": "image:\n  repository: orders\n",
      Dockerfile: "FROM scratch\n",
      ".gitignore": "build/\nkey.*\n",
      "key.pem": pem,
      "key.pub": publicKey,
    });
    this.#service.git("remote", "add", "origin", "https://github.com/acme/orders.git");
    const remote = new GitFolder();
    remote.git("config", "receive.denyCurrentBranch", "ignore");
    this.#service.git("remote", "set-url", "--push", "origin", remote.path);
    this.#current = this.#list;
  }

  /** Runs a command of the document. Returns what it prints. */
  async run(command: string): Promise<string> {
    if (command.startsWith("cd ")) {
      this.#current = command === "cd ../orders" ? this.#service : this.#list;
      return "";
    }
    if (command === "git tag v1.1.0") await this.#releaseBefore();
    if (/^(?:git|sed) /.test(command)) {
      this.#current.shell(command);
      this.#tag = /^git tag (.*)/.exec(command)?.[1] ?? this.#tag;
      if (command.startsWith("git tag ")) this.#ref = `refs/tags/${this.#tag}`;
      if (command.endsWith(" HEAD:main")) this.#ref = "refs/heads/main";
      return "";
    }
    if (command.startsWith(IN_WORKFLOW)) return this.#step(command);
    const args = command.replace("npx releases ", "").replace("../orders", this.#service.path);
    return this.#releases(this.#current, args.split(" "));
  }

  /** Makes the release that runs when the walk begins, by the workflow that the walk has written. */
  async #releaseBefore(): Promise<void> {
    this.#service.commit("release workflow");
    for (const command of ["git tag v1.0.0", "git push --quiet origin v1.0.0"]) {
      await this.run(command);
    }
    const steps = WALK.filter((one) => one.command.startsWith(IN_WORKFLOW));
    for (const { command } of steps.slice(0, OF_A_TAG)) await this.run(command);
    this.#service.commit("v1.1.0");
  }

  /** Runs a script of the workflow's. Sigstore is out of reach here: a key signs in place of the workflow. */
  async #step(command: string): Promise<string> {
    const { jobs } = parse(this.#service.read(WORKFLOW_FILE)) as Workflow;
    const scripts = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run));
    assert.ok(scripts.includes(command), `the workflow has no step ${command}`);
    if (command.includes(" publish ")) this.#build();
    const args = command.slice(`${IN_WORKFLOW} `.length).replace('"$DIGEST"', this.#digest);
    const key = args.includes("validate") ? "key.pub" : "key.pem";
    const [step = "", check] = args.split(" -- ");
    const outputs = path.join(folderOf({ outputs: "" }), "outputs");
    const output = await this.#releases(
      this.#service,
      [
        ...step.split(" "),
        "--key",
        key,
        ...(check === undefined ? [] : ["--", ...check.split(" ")]),
      ],
      {
        ...RUN,
        GITHUB_OUTPUT: outputs,
        GITHUB_REF: this.#ref,
        GITHUB_SHA: this.#service.git("rev-parse", "HEAD"),
        GITHUB_WORKFLOW_REF: `acme/orders/${WORKFLOW_FILE}@${this.#ref}`,
      },
    );
    const told = fs.readFileSync(outputs, "utf8");
    const digests = /^digests=(.*)$/m.exec(told)?.[1];
    if (digests !== undefined) {
      this.#digest = (JSON.parse(digests) as Record<string, string>)["orders"] ?? "";
    }
    return output;
  }

  /** Leaves what build.sh would, which takes Docker. */
  #build(): void {
    const into = path.join(this.#service.path, "build");
    fs.rmSync(into, { recursive: true, force: true });
    fs.cpSync(imageLayout(this.#tag).layout, path.join(into, "layouts/orders"), {
      recursive: true,
    });
    writeFiles(into, { "assets/orders.tar.gz": this.#tag });
  }

  /** Runs the command line to its end. Returns what it prints, with the names that the document has. */
  async #releases(
    folder: GitFolder,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await releasesWith(
      {
        PATH: PATH_WITH_REGCTL,
        HOME: this.#service.path,
        GITHUB_API_URL: this.#github.api.address,
        GITHUB_TOKEN: RUN.GITHUB_TOKEN,
        ...environment,
      },
      folder.path,
      ...args,
    );
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}${stdout}`);
    return (stderr + stdout)
      .replaceAll(this.#registry.host, "ghcr.io")
      .replaceAll(this.#github.model.site, "https://github.com")
      .replaceAll(this.#service.path, "../orders")
      .replaceAll(/\b([0-9a-f]{12})[0-9a-f]{28,52}\b/g, "$1...");
  }
}
