import assert from "node:assert/strict";
import { Month, type Edits } from "./committer/month";

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** Returns a stack config. */
function stack(name: string, versions: string, more = ""): string {
  return `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${name} }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ${name}.example/acme }
${versions === "" ? "" : `  releases:versions:\n${versions}`}${more}`;
}

const lines = (...texts: readonly string[]): string =>
  texts.map((text) => `    ${text}\n`).join("");

/** Returns an edit that replaces a part of a text. */
const to = (from: string, text: string) => (all: string) => all.replace(from, text);

const plus = (more: string) => (all: string) => `${all}${more}`;

describe("a month of honest work", function () {
  it("of a branch for each environment, tags for production, and versions in the list, as at Splits", async () => {
    const month = new Month({ testing: ["testing"], main: ["staging"], "v*": ["production"] });
    const LIST = "service/service.yaml";
    const kayron = (version: string): string =>
      `- docker: kayron\n  github: kayron\n  deploy:\n    release: ${version}\n`;
    const specta = (environments: string): string =>
      `- docker: specta\n  github: specta\n  environments: [${environments}]\n  deploy:\n    release: v0.1.16\n`;
    const release = async (tag: string): Promise<void> => {
      month.wait(2);
      await month.merge("testing", "main");
      month.wait(25);
      await month.tag(tag);
    };
    await month.begin({
      [LIST]: kayron("v0.1.7"),
      "environments.yaml": `environments:
  testing: { ref: testing, accepts: [release, prerelease] }
  staging: { ref: main, from: testing, accepts: [release, prerelease], soak: 1h }
  production: { ref: "v*", from: staging, accepts: [release], soak: 24h }
`,
      "charts/service/values.yaml": "replicas: 1\n",
      "Pulumi.testing.yaml": stack("testing", ""),
      "Pulumi.staging.yaml": stack("staging", ""),
      "Pulumi.production.yaml": stack("production", ""),
    });
    await month.tag("v0.1.0");
    const testing = (title: string, edits: Edits) => month.change(title, edits, "testing");
    await testing("a version", { [LIST]: kayron("v0.1.8") });
    await release("v0.2.0");
    await testing("a new service", { [LIST]: plus(specta("testing")) });
    await testing("further", { [LIST]: to("[testing]", "[testing, staging]") });
    await release("v0.3.0");
    await testing("to its end", {
      [LIST]: to("[testing, staging]", "[testing, staging, production]"),
    });
    await release("v0.4.0");
    assert.deepEqual(month.runs("production"), { kayron: "v0.1.8", specta: "v0.1.16" });
    await testing("values", { [LIST]: plus("  values: { replicaCount: 2 }\n") });
    await testing("a chart of its own", {
      [LIST]: plus("  chart: { name: oci://ghcr.io/acme/charts/specta, version: 1.0.0 }\n"),
    });
    await release("v0.5.0");
    await testing("a tool's upgrade", { "charts/service/values.yaml": "replicas: 2\n" });
    await release("v0.6.0");
    await testing("a bad version", { [LIST]: to("v0.1.8", "v0.1.9") });
    await release("v0.7.0");
    const HELD =
      "  releases:versions: { kayron: v0.1.8 }\n  releases:holds: { kayron: { reason: it leaks } }\n";
    await month.change("a rollback", { "Pulumi.production.yaml": plus(HELD) });
    await month.tag("v0.7.1");
    assert.equal(month.runs("production")["kayron"], "v0.1.8");
    await month.change("a hotfix", { [LIST]: to("v0.1.9", "v0.1.10") }, "testing");
    await month.change(
      "the hold into testing",
      { "Pulumi.production.yaml": plus(HELD) },
      "testing",
    );
    await release("v0.8.0");
    await testing("the hold is lifted", {
      "Pulumi.production.yaml": to(/  releases:holds.*\n/.exec(HELD)?.[0] ?? "", ""),
    });
    await release("v0.9.0");
    await testing("the way forward", {
      "Pulumi.production.yaml": to("  releases:versions: { kayron: v0.1.8 }\n", ""),
    });
    await release("v0.10.0");
    await testing("the path", { "environments.yaml": to("soak: 24h", "soak: 12h") });
    await release("v0.11.0");
    await testing("a service goes", { [LIST]: kayron("v0.1.10") });
    await release("v0.12.0");
    assert.deepEqual(month.runs("production"), { kayron: "v0.1.10" });
  });

  it("of candidates that become final in registries of other accounts, as in Continuous Delivery", async () => {
    const names = ["dev", "e2e", "staging", "production"];
    const month = new Month({ main: names });
    const LIST = "service/shop.yaml";
    const inventory = "- { github: inventory, docker: inventory, deploy: { range: '>=1' } }\n";
    const pin = (version: string, digit: string): string =>
      `inventory: ${version}@${digest(digit)}`;
    const file = (name: string): string => `Pulumi.${name}.yaml`;
    await month.begin({
      [LIST]: inventory,
      "environments.yaml": `environments:
  dev: { ref: main, accepts: [release, prerelease] }
  e2e: { ref: main, from: dev, accepts: [release, prerelease], digest: required }
  staging: { ref: main, from: e2e, accepts: [release], digest: required, soak: 4h }
  production: { ref: main, from: staging, accepts: [release], digest: required, soak: 24h }
`,
      ...Object.fromEntries(
        names.map((name) => [file(name), stack(name, lines(pin("v1.0.0", "0")))]),
      ),
    });
    /** Brings a candidate to two environments, and its release to the others. */
    const bring = async (version: string, digit: string): Promise<void> => {
      for (const name of names) {
        const isFinal = name === "staging" || name === "production";
        const text = pin(isFinal ? version : `${version}-rc.2`, digit);
        await month.change(`${version} to ${name}`, {
          [file(name)]: (all) => all.replace(/inventory: v.*/, text),
        });
        month.wait(25);
      }
    };
    await bring("v1.1.3", "1");
    assert.deepEqual(month.runs("production"), { inventory: `v1.1.3@${digest("1")}` });
    const hold = "  releases:holds: { inventory: { reason: it loses stock } }\n";
    await month.change("a rollback", {
      [file("production")]: (all) => all.replace(/inventory: v.*/, pin("v1.0.0", "0")) + hold,
    });
    assert.deepEqual(month.runs("production"), { inventory: `v1.0.0@${digest("0")}` });
    await month.change("the hold is lifted", { [file("production")]: to(hold, "") });
    await bring("v1.1.4", "2");
    await month.change("values", { [LIST]: to(" }\n", ", values: { replicaCount: 3 } }\n") });
    const path = "environments.yaml";
    await month.change("what all get at once may enter", {
      [path]: (all) => all.replaceAll("digest: required", "digest: required, enters: [inventory]"),
    });
    await month.change("the images get another repository", {
      [LIST]: to("docker: inventory", "docker: shop/inventory, name: inventory"),
    });
    await month.change("and nothing after it", {
      [path]: (all) => all.replaceAll(", enters: [inventory]", ""),
    });
    assert.deepEqual(month.runs("production"), { inventory: `v1.1.4@${digest("2")}` });
  });

  it("of releases of files, with names such as v0.10-beta, as at Kontain", async () => {
    const month = new Month({ main: ["validation", "public"] });
    const LIST = "service/payloads.yaml";
    const pin = (version: string, digit: string): string =>
      `runenv-python: ${version}@${digest(digit)}`;
    const python =
      "- { github: km, docker: runenv-python, aliases: [runenv-python-3.7], deploy: { range: '>=0.1' } }\n";
    const both = (versions: string): Record<string, string> => ({
      "Pulumi.validation.yaml": stack("validation", versions),
      "Pulumi.public.yaml": stack("public", versions),
    });
    const accepts = "accepts: [release, prerelease, commit]";
    await month.begin({
      [LIST]: python,
      "environments.yaml": `environments:
  validation: { ref: main, accepts: [release, prerelease, tag, commit] }
  public: { ref: main, from: validation, ${accepts}, soak: 24h }
`,
      ...both(lines(pin("v0.9-beta", "0"))),
    });
    const set = (stack: string, version: string, digit: string) =>
      month.change(`${version} to ${stack}`, {
        [`Pulumi.${stack}.yaml`]: (text) => text.replace(/runenv-python: v.*/, pin(version, digit)),
      });
    // A mutable channel is the same name with other bytes, again and again.
    await set("validation", "v0.10-daily", "1");
    month.wait(24);
    await set("validation", "v0.10-daily", "2");
    month.wait(24);
    await set("validation", "v0.10-beta", "3");
    month.wait(30);
    await set("public", "v0.10-beta", "3");
    await month.change("a new payload", {
      [LIST]: plus(
        "- { github: km-node, docker: runenv-node, environments: [validation], deploy: { release: v0.10-beta } }\n",
      ),
    });
    month.wait(30);
    await month.change("for the public", { [LIST]: to("[validation]", "[validation, public]") });
    await month.change("a commit", {
      "Pulumi.validation.yaml": to(
        "releases:versions:\n",
        `releases:versions:\n    runenv-node: ${"c".repeat(40)}@${digest("c")}\n`,
      ),
    });
    month.wait(30);
    await set("validation", "v0.10.1-beta", "4");
    month.wait(30);
    await set("public", "v0.10.1-beta", "4");
    assert.deepEqual(month.runs("public"), {
      "runenv-node": "v0.10-beta",
      "runenv-python": `v0.10.1-beta@${digest("4")}`,
    });
    await month.change("a payload goes", {
      [LIST]: python,
      "Pulumi.validation.yaml": (text) => text.replace(/ {4}runenv-node.*\n/, ""),
    });
    assert.deepEqual(Object.keys(month.runs("public")), ["runenv-python"]);
  });

  it("of charts and images that are versioned apart, with digests, as at GomenHashai", async () => {
    const month = new Month({ main: ["testing", "production"] });
    const LIST = "service/gomenhashai.yaml";
    const CHART =
      "{ name: gomenhashai, repository: https://charts.example/gomenhashai, version: 1.0.0 }";
    const IMAGE_VALUES = "{ repository: image.repository, tag: image.tag, digest: image.digest }";
    const pin = (version: string, digit: string): string =>
      `gomenhashai: ${version}@${digest(digit)}`;
    const packaged = (version: string): string =>
      `${version}@${digest(version.split(".")[1] ?? "")}`;
    await month.begin({
      [LIST]: `- { github: gomenhashai, docker: gomenhashai, deploy: { release: v1.0.0 }, chart: ${CHART}, imageValues: ${IMAGE_VALUES} }\n`,
      "environments.yaml": `environments:
  testing: { ref: main, accepts: [release, prerelease], digest: required }
  production: { ref: main, from: testing, accepts: [release], digest: required, soak: 24h }
`,
      "Pulumi.testing.yaml": stack(
        "testing",
        lines(pin("v1.0.0", "0")),
        `  releases:charts:\n    gomenhashai: ${packaged("1.0.0")}\n`,
      ),
      "Pulumi.production.yaml": stack(
        "production",
        lines(pin("v1.0.0", "0")),
        `  releases:charts:\n    gomenhashai: ${packaged("1.0.0")}\n`,
      ),
    });
    const image = (
      stack: string,
      version: string,
      digit: string,
      more: (text: string) => string = (text) => text,
    ) =>
      month.change(`${version} to ${stack}`, {
        [`Pulumi.${stack}.yaml`]: (text) =>
          more(text.replace(/gomenhashai: v.*/, pin(version, digit))),
      });
    const chart = (stack: string, version: string) =>
      month.change(`the chart ${version} to ${stack}`, {
        [`Pulumi.${stack}.yaml`]: (text) =>
          text.replace(/gomenhashai: \d.*/, `gomenhashai: ${packaged(version)}`),
      });
    await image("testing", "v1.1.0", "1", to(packaged("1.0.0"), packaged("1.1.0")));
    month.wait(25);
    await image("production", "v1.1.0", "1", to(packaged("1.0.0"), packaged("1.1.0")));
    await chart("testing", "1.2.0");
    month.wait(25);
    await chart("production", "1.2.0");
    await image("testing", "v1.2.0", "2");
    month.wait(25);
    await image("production", "v1.2.0", "2");
    assert.deepEqual(month.runs("production"), { gomenhashai: `v1.2.0@${digest("2")} by 1.2.0` });
    const HOLD = "  releases:holds: { gomenhashai: { reason: it refuses all pods } }\n";
    await image("production", "v1.1.0", "1", plus(HOLD));
    await month.change("the hold is lifted", { "Pulumi.production.yaml": to(HOLD, "") });
    await month.change("the hotfix may enter", {
      "environments.yaml": to("soak: 24h", "soak: 24h, enters: [gomenhashai]"),
    });
    await image("production", "v1.1.1", "3");
    await month.change("and nothing after it", {
      "environments.yaml": to(", enters: [gomenhashai]", ""),
    });
    await month.change("values", { [LIST]: to("deploy:", "values: { replicaCount: 2 }, deploy:") });
    await image("production", "v1.2.0", "2");
    assert.deepEqual(month.runs("production"), { gomenhashai: `v1.2.0@${digest("2")} by 1.2.0` });
  });
});
