import assert from "node:assert/strict";
import { findHelm } from "../../src/adapters/find-tool";
import { EMPTY_TREE } from "../../src/adapters/git/refs";
import { releases, releasesWith, type Run } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";
import { TYPES } from "../support/plans";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { digestOf } from "../support/model";

const EXTERNAL = "{ role: external, host: ghcr.io/splits }";

interface Json {
  readonly since: string;
  readonly fingerprint: string;
  readonly stacks: Record<
    string,
    {
      moves: { name: string; from: string | null; to: string | null; step: string }[];
      changes: { op: string; type: string; name: string; urn: string; properties: unknown[] }[];
      refused: { gate: string; service: string; reason: string; passesAt: string | null }[];
    }
  >;
}

function run(path: string, since: string, ...args: string[]): Promise<Run> {
  return releases(path, "plan", "--since", since, ...args);
}

async function json(path: string, since: string, ...names: string[]): Promise<Json> {
  return JSON.parse((await run(path, since, "--json", ...names)).stdout) as Json;
}

const MARKDOWN = ["--format", "markdown"];

describe("releases plan --since", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  /** A public list as it stands, and a dozen changes of it like those of its history. */
  const LIST = {
    "service/service.yaml": [
      "alloy v1.12.2-ce60d74",
      "kayron v0.5.3",
      "specta v0.3.1",
      "splits-lite v0.2.3",
    ]
      .map((entry) => entry.split(" "))
      .map(
        ([name, version]) =>
          `- docker: "${name}"\n  github: "${name}"\n  deploy:\n    release: "${version}"\n`,
      )
      .join("\n"),
    "infrastructure/infrastructure.yaml":
      '- github: "infrastructure"\n  provider: "cloudformation"\n  deploy:\n    release: "v0.5.8"\n',
    "environments.yaml":
      "environments:\n  testing: { accepts: [release, prerelease] }\n  staging: { from: testing, accepts: [release] }\n",
    "Pulumi.testing.yaml": stackConfigYaml(
      "  releases:templates: { bucket: splits-testing }\n",
      EXTERNAL,
    ),
    "Pulumi.staging.yaml": stackConfigYaml(
      "  releases:templates: { bucket: splits-staging }\n  releases:versions:\n    kayron: v0.5.3\n",
      EXTERNAL,
    )
      .replaceAll("111111111111", "222222222222")
      .replace("context: test", "context: staging"),
  };
  const SERVICE = "service/service.yaml";
  const BUMPS: { file: string; from: string; to: string; moves: Record<string, string[]> }[] = [
    {
      file: SERVICE,
      from: '"v0.3.1"',
      to: '"v0.3.2"',
      moves: { testing: ["specta patch"], staging: ["specta patch"] },
    },
    {
      file: SERVICE,
      from: '"v0.2.3"',
      to: '"v0.3.0"',
      moves: { testing: ["splits-lite minor"], staging: ["splits-lite minor"] },
    },
    { file: SERVICE, from: '"v0.5.3"', to: '"v0.5.4"', moves: { testing: ["kayron patch"] } },
    {
      file: "Pulumi.staging.yaml",
      from: "v0.5.3",
      to: "v0.5.4",
      moves: { staging: ["kayron patch"] },
    },
    {
      file: SERVICE,
      from: '"v1.12.2-ce60d74"',
      to: '"v1.12.2-a0b1c2d"',
      moves: { testing: ["alloy unordered"], staging: ["alloy unordered"] },
    },
    {
      file: "infrastructure/infrastructure.yaml",
      from: '"v0.5.8"',
      to: '"v0.6.0"',
      moves: { testing: ["infrastructure minor"], staging: ["infrastructure minor"] },
    },
    { file: SERVICE, from: "# nothing\n", to: "", moves: {} },
    {
      file: SERVICE,
      from: '"v0.3.2"',
      to: '"v1.0.0"',
      moves: { testing: ["specta major"], staging: ["specta major"] },
    },
    {
      file: SERVICE,
      from: '"v1.0.0"',
      to: '"v0.3.2"',
      moves: { testing: ["specta downgrade"], staging: ["specta downgrade"] },
    },
    {
      file: SERVICE,
      from: '    release: "v0.3.0"',
      to: '    release: "v0.3.0"\n    preview: true',
      moves: {},
    },
    {
      file: SERVICE,
      from: '- docker: "splits-lite"\n  github: "splits-lite"\n  deploy:\n    release: "v0.3.0"\n    preview: true\n',
      to: "",
      moves: { testing: ["splits-lite none"], staging: ["splits-lite none"] },
    },
    {
      file: SERVICE,
      from: '- docker: "specta"',
      to: '- docker: "pulse"\n  github: "pulse"\n  deploy:\n    release: "v0.1.0"\n\n- docker: "specta"',
      moves: { testing: ["pulse unordered"], staging: ["pulse unordered"] },
    },
  ];

  it("shows values of a stack config property by property and as manifests, and asks no order", async () => {
    const folder = new GitFolder(LIST);
    const base = folder.commit("one");
    const staging = LIST["Pulumi.staging.yaml"];
    const values = "  releases:values: { specta: { replicaCount: 3, podLabels: { tier: web } } }\n";
    folder.write("Pulumi.staging.yaml", `${staging}${values}`);
    const { stacks } = await json(folder.path, base);
    assert.deepEqual(stacks["testing"]?.changes, []);
    const { moves = [], changes = [], refused = [] } = stacks["staging"] ?? {};
    assert.deepEqual([moves, refused], [[], []]);
    assert.deepEqual(
      changes.map(({ op, name, properties }) => ({ op, name, properties })),
      [
        {
          ...{ op: "update", name: "specta" },
          properties: [
            { path: "values.podLabels", to: { tier: "web" } },
            { path: "values.replicaCount", to: 3 },
          ],
        },
      ],
    );
    if (findHelm() === undefined) return;
    const { stdout } = await run(folder.path, base);
    assert.match(stdout, /^ +- {2}replicas: 1\n +\+ {2}replicas: 3$/m);
  });

  it("is empty where staged values are folded into the definition", async () => {
    const values = "{ replicaCount: 3, resources: null }";
    const staged = (stack: "testing" | "staging"): string =>
      `${LIST[`Pulumi.${stack}.yaml`]}  releases:values: { kayron: ${values} }\n`;
    const folder = new GitFolder({
      ...LIST,
      "Pulumi.testing.yaml": staged("testing"),
      "Pulumi.staging.yaml": staged("staging"),
    });
    const base = folder.commit("one");
    const definition = '- docker: "kayron"';
    const folded = LIST[SERVICE].replace(definition, `${definition}\n  values: ${values}`);
    for (const [file, text] of Object.entries({ ...LIST, [SERVICE]: folded })) {
      folder.write(file, text);
    }
    const { stacks } = await json(folder.path, base);
    const changed = Object.values(stacks).flatMap(({ changes }) => changes);
    assert.deepEqual(changed, []);
  });

  it("names exactly what each of a dozen bumps of a public list moves, and no other resource", async () => {
    const folder = new GitFolder(LIST);
    folder.write(SERVICE, `# nothing\n${LIST[SERVICE]}`);
    folder.commit("start");
    for (const { file, from, to, moves } of BUMPS) {
      const text = folder.read(file);
      assert.ok(text.includes(from), from);
      folder.write(
        file,
        text.replace(from, () => to),
      );
      folder.commit(`bump ${to}`);
      const { stacks } = await json(folder.path, "HEAD~1");
      const found = Object.entries(stacks).map(([stack, { moves }]) => [
        stack,
        moves.map(({ name, step }) => `${name} ${step}`),
      ]);
      const expected = { testing: [], staging: [], ...moves };
      assert.deepEqual(Object.fromEntries(found), expected, to);
      for (const { moves, changes } of Object.values(stacks)) {
        const names = new Set(changes.map(({ name }) => name));
        assert.deepEqual([...names].sort(), moves.map(({ name }) => name).sort(), to);
      }
    }
  });

  /** Three environments of one service, each with its pin. */
  const PATH = {
    "service/a.yaml": serviceYaml("api"),
    "environments.yaml":
      "environments:\n  testing: { accepts: [release, prerelease] }\n" +
      "  production: { from: testing, accepts: [release], digest: required, soak: 1h }\n",
    "Pulumi.testing.yaml": stackConfigYaml("  releases:versions:\n    api: v1.2.3\n"),
    "Pulumi.production.yaml": stackConfigYaml(
      `  releases:versions:\n    api: v1.2.3@${digestOf("a")}\n`,
      "{ role: source }",
    )
      .replaceAll("111111111111", "222222222222")
      .replace("context: test", "context: production"),
  };

  it("prints moves, changes and refusals for machines, the same each time", async () => {
    const folder = new GitFolder(PATH);
    const since = folder.commit("one");
    const production = folder.read("Pulumi.production.yaml");
    folder.write(
      "Pulumi.production.yaml",
      production.replace(/v1\.2\.3@.*/, `v1.3.0@${digestOf("b")}`),
    );
    const { code, stdout } = await run(folder.path, "main", "--json");
    assert.equal(code, 1);
    const found = JSON.parse(stdout) as Json;
    assert.equal(found.since, since);
    assert.match(found.fingerprint, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(found.stacks["testing"]?.moves, []);
    const { moves, changes, refused } = found.stacks["production"] ?? assert.fail();
    assert.deepEqual(moves, [
      {
        ...{ name: "api", from: "v1.2.3", to: "v1.3.0", step: "minor" },
        ...{ fromDigest: digestOf("a"), toDigest: digestOf("b") },
      },
    ]);
    assert.deepEqual(changes, [
      {
        ...{ op: "update", type: TYPES.release, name: "api", urn: changes[0]?.urn },
        properties: [
          { path: "values.image.digest", from: digestOf("a"), to: digestOf("b") },
          { path: "values.image.tag", from: "v1.2.3", to: "v1.3.0" },
        ],
      },
    ]);
    assert.deepEqual(
      refused.map(({ gate, service }) => `${gate} ${service}`),
      ["order api", "soak api"],
    );
    assert.equal((await run(folder.path, "main", "--json")).stdout, stdout);
  });

  it("shows first and in bold what production loses, and what a stack that goes loses", async () => {
    const folder = new GitFolder({
      ...PATH,
      "service/b.yaml": serviceYaml("web", "  environments: [production]\n"),
      "Pulumi.extra.yaml": stackConfigYaml("", "{ role: source, prefix: x/ }")
        .replaceAll("111111111111", "333333333333")
        .replace("context: test", "context: extra"),
      "environments.yaml":
        "environments:\n  extra: { accepts: [release] }\n  testing: { accepts: [release] }\n" +
        "  production: { from: testing, accepts: [release] }\n",
    });
    folder.commit("one");
    folder.remove("service/b.yaml");
    folder.remove("Pulumi.extra.yaml");
    const { code, stdout } = await run(folder.path, "main", ...MARKDOWN);
    assert.equal(code, 0, stdout);
    const lines = stdout.split("\n").slice(0, 5);
    assert.deepEqual(lines, [
      "> [!CAUTION]",
      `> **production DELETES \`${TYPES.lifecyclePolicy}\` \`web\`**<br>`,
      `> **production DELETES \`${TYPES.repository}\` \`web\`**<br>`,
      `> **production DELETES \`${TYPES.release}\` \`web\`**<br>`,
      "",
    ]);
    assert.match(stdout, /### extra: 1 service moves, \d+ to delete/);
    assert.match(stdout, /\| `web` \| `v1\.2\.3` \| nothing \| none \| {2}\|/);
    assert.match((await run(folder.path, "main")).stdout, /^production DELETES aws:ecr.* web$/m);
  });

  it("takes an environment's name for all of its stacks", async () => {
    const shard = (name: string): string =>
      stackConfigYaml(`  releases:environment: testing\n  releases:select: { names: [${name}] }\n`);
    const folder = new GitFolder({
      "service/a.yaml": `${serviceYaml("api")}\n${serviceYaml("web")}`,
      "environments.yaml": "environments:\n  testing: { accepts: [release] }\n",
      "Pulumi.one.yaml": shard("api"),
      "Pulumi.two.yaml": shard("web"),
    });
    folder.commit("one");
    folder.write("service/a.yaml", `${serviceYaml("api", "", "v1.3.0")}\n${serviceYaml("web")}`);
    const { stacks } = await json(folder.path, "main", "testing");
    assert.deepEqual(
      Object.entries(stacks).map(([stack, { moves }]) => [stack, moves.length]),
      [
        ["one", 1],
        ["two", 0],
      ],
    );
  });

  it("calls all of a stack new where what stood there before can't be declared", async () => {
    const folder = new GitFolder({ ...PATH, "service/a.yaml": "- { github: api, dokcer: api }\n" });
    folder.commit("one");
    folder.write("service/a.yaml", PATH["service/a.yaml"]);
    const { stdout, stderr } = await run(folder.path, "main", "--json", "testing");
    assert.equal(stderr, "testing: it couldn't be declared before, so all of it counts as new\n");
    const { moves } = (JSON.parse(stdout) as Json).stacks["testing"] ?? assert.fail();
    assert.deepEqual(
      moves.map(({ name, from }) => [name, from]),
      [["api", null]],
    );
  });

  it("refuses a commit that isn't there, a format, a stack, and a format without a commit", async () => {
    const folder = new GitFolder(PATH);
    folder.commit("one");
    for (const [args, message] of [
      [["--since", "nowhere"], /no commit "nowhere"/],
      [["--since=--all"], /no commit "--all"/],
      [["--since", "main", "--format", "html"], /Allowed choices are text, markdown/],
      [["--since", "main", "moon"], /unknown stack "moon"/],
      [["--format", "markdown"], /--format needs --since/],
    ] as const) {
      const { code, stdout, stderr } = await releases(folder.path, "plan", ...args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
    }
  });

  it("lets what ran upstream for long enough go on, whatever came after it there", async () => {
    for (const [minutes, gates] of [
      [90, []],
      [30, ["soak"]],
    ] as const) {
      const folder = new GitFolder(PATH);
      const begin = Date.parse("2026-11-01T12:00:00Z");
      const at = (minute: number) => ({ at: new Date(begin + minute * 60_000).toISOString() });
      const testing = (version: string): void =>
        folder.write(
          "Pulumi.testing.yaml",
          folder.read("Pulumi.testing.yaml").replace(/api: .*/, `api: ${version}`),
        );
      folder.commit("one", at(0));
      testing("v1.3.0");
      folder.commit("two", at(1));
      testing("v1.4.0");
      const since = folder.commit("three", at(1 + minutes));
      const production = folder.read("Pulumi.production.yaml");
      folder.write(
        "Pulumi.production.yaml",
        production.replace(/v1\.2\.3@.*/, `v1.3.0@${digestOf("b")}`),
      );
      const { stacks } = await json(folder.path, since, "production");
      const refused = stacks["production"]?.refused ?? [];
      assert.deepEqual(
        refused.map(({ gate }) => gate),
        gates,
      );
      for (const { reason, passesAt } of refused) {
        assert.match(reason, /^ran in testing from 2026-11-01T12:01:00\.000Z to /);
        assert.equal(passesAt, null);
      }
    }
  });

  it("lets what is held begin, where nothing ran, and keeps it from then on", async () => {
    const folder = new GitFolder({
      "service/a.yaml": "- { github: api, docker: api, deploy: { suspend: true } }\n",
      "environments.yaml": "environments:\n  testing: { accepts: [release] }\n",
      "Pulumi.testing.yaml": stackConfigYaml("  releases:versions: { api: v1.2.3 }\n", EXTERNAL),
    });
    const first = folder.commit("one");
    const nothing = await json(folder.path, EMPTY_TREE);
    assert.deepEqual(nothing.stacks["testing"]?.refused, []);
    assert.deepEqual(
      nothing.stacks["testing"].moves.map(({ from, to }) => [from, to]),
      [[null, "v1.2.3"]],
    );
    const config = folder.read("Pulumi.testing.yaml").replace("v1.2.3", "v1.2.4");
    folder.write("Pulumi.testing.yaml", config);
    const moved = await json(folder.path, first);
    assert.deepEqual(
      moved.stacks["testing"]?.refused.map(({ gate }) => gate),
      ["hold"],
    );
  });

  it("lets a rollback with its hold through, which a promotion backwards isn't", async () => {
    const folder = new GitFolder(PATH);
    const newer = folder.read("Pulumi.production.yaml");
    const production = newer.replace("v1.2.3", "v1.2.2");
    folder.write("Pulumi.production.yaml", production);
    folder.commit("one");
    folder.write("Pulumi.production.yaml", newer);
    folder.commit("two");
    folder.write("Pulumi.production.yaml", production);
    const backwards = await json(folder.path, "main", "production");
    assert.deepEqual(
      backwards.stacks["production"]?.refused.map(({ gate }) => gate),
      ["order", "soak", "downgrade"],
    );
    const hold = "  releases:holds:\n    api: { reason: it fails }\n";
    folder.write("Pulumi.production.yaml", production + hold);
    const rollback = await json(folder.path, "main", "production");
    assert.deepEqual(rollback.stacks["production"]?.refused, []);
    assert.equal(rollback.fingerprint, backwards.fingerprint);
  });

  it("lets a broken glass through, and gives the reason that its commit has", async () => {
    const folder = new GitFolder(PATH);
    folder.commit("one");
    const testing = folder.read("Pulumi.testing.yaml").replace("v1.2.3", "v1.3.0");
    folder.write("Pulumi.testing.yaml", testing);
    const base = folder.commit("bump");
    const production = folder.read("Pulumi.production.yaml");
    folder.write("Pulumi.production.yaml", production.replace("v1.2.3", "v1.3.0"));
    folder.commit("promote");
    const refused = await run(folder.path, base, ...MARKDOWN, "production");
    assert.match(refused.stdout, /\*\*soak\*\* refuses `api`/);
    assert.equal(refused.code, 1);
    folder.git("commit", "--quiet", "--amend", "-m", "promote\n\nBreak-glass: it *burns*");
    const broken = await run(folder.path, base, ...MARKDOWN, "production");
    assert.equal(broken.code, 0, broken.stdout);
    assert.match(broken.stdout, /^\*\*Overridden by --break-glass:\*\* it &#42;burns&#42;$/m);
    assert.match(
      (await run(folder.path, base, "production")).stdout,
      /^overridden by --break-glass: it \*burns\*$/m,
    );
  });

  it("shows no secret in any form, wherever one can stand", async () => {
    const config = (marked: string): string =>
      stackConfigYaml(
        "  releases:github: { owner: acme }\n" +
          '  releases:webhook: { url: "https://hooks.acme.example" }\n' +
          `  releases:webhookSecret: { secure: "v1:${marked}" }\n` +
          `  releases:templates: { bucket: acme, parameters: { Token: { secure: "v1:${marked}" } } }\n`,
      );
    const files = {
      "service/a.yaml": serviceYaml("api"),
      "infrastructure/i.yaml":
        "- { github: infra, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
      "environments.yaml": "environments:\n  testing: { accepts: [release] }\n",
    };
    const folder = new GitFolder({ ...files, "Pulumi.testing.yaml": config("MARKED-one") });
    folder.commit("one");
    folder.write("Pulumi.testing.yaml", config("MARKED-two"));
    folder.write("service/a.yaml", serviceYaml("api", "", "v1.3.0"));
    const ambient = { GITHUB_TOKEN: "MARKED-token", PULUMI_CONFIG_PASSPHRASE: "MARKED" };
    for (const format of [[], MARKDOWN, ["--json"]]) {
      const args = ["plan", "--since", "main", ...format];
      const { stdout, stderr } = await releasesWith(ambient, folder.path, ...args);
      assert.match(stdout, /v1\.3\.0/);
      assert.doesNotMatch(stdout + stderr, /MARKED/);
    }
  });
});
