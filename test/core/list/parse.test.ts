import assert from "node:assert/strict";
import { formatIssue, type Issue } from "../../../src/core/input/issue";
import { parseDefinitions } from "../../../src/core/list/parse";
import type { Service } from "../../../src/core/list/service";
import { yamlFile } from "../../support/model";
import { text } from "../../support/text";
import { Version } from "../../../src/core/version";

function parse(yaml: string): ReturnType<typeof parseDefinitions> {
  return parseDefinitions(yamlFile(yaml));
}

/** Returns the one service of a list without errors. */
function only(yaml: string): Service {
  const { services, issues } = parse(yaml);
  assert.deepEqual(issues.filter(isError).map(formatIssue), []);
  const [service, ...rest] = services;
  assert.ok(service !== undefined && rest.length === 0);
  return service;
}

function isError({ severity }: Issue): boolean {
  return severity === "error";
}

/** Returns the codes of what is found, each with its place. */
function codes(yaml: string): string[] {
  return parse(yaml).issues.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe("parseDefinitions", () => {
  it("fills in every default of a service with an image", () => {
    const found = only(text`
      - github: orders
        docker: shop/orders
        deploy: { release: v1.2.0 }
    `);
    assert.deepEqual(found, {
      name: "shop/orders",
      github: "orders",
      githubSource: "orders",
      docker: "shop/orders",
      deploy: { strategy: "release", version: Version.of("v1.2.0") },
      preview: false,
      namespace: "default",
      values: {},
      imageValues: { repository: "image.repository", tag: "image.tag", digest: "image.digest" },
      timeoutSeconds: 300,
      tags: { github: "v{version}", image: "v{version}" },
      aliases: [],
      assets: [],
      requires: new Map(),
      template: "index.yaml",
      sound: true,
      source: { file: "service/shop.yaml", index: 0 },
    });
  });

  it("fills in every default of an infrastructure entry", () => {
    const found = only(text`
      - github: network
        provider: cloudformation
        deploy: { release: v0.5.8 }
    `);
    assert.deepEqual(found, {
      name: "network",
      github: "network",
      githubSource: "network",
      provider: "cloudformation",
      deploy: { strategy: "release", version: Version.of("v0.5.8") },
      preview: false,
      namespace: "default",
      values: {},
      imageValues: { repository: "image.repository", tag: "image.tag", digest: "image.digest" },
      timeoutSeconds: 300,
      tags: { github: "v{version}", image: "v{version}" },
      aliases: [],
      assets: [],
      requires: new Map(),
      template: "index.yaml",
      sound: true,
      source: { file: "service/shop.yaml", index: 0 },
    });
  });

  it("keeps every key that is given", () => {
    const found = only(text`
      - name: orders
        github: Orders
        docker: shop/orders
        deploy: { release: v1.2, preview: true }
        environments: [testing, production]
        chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.4.0 }
        namespace: shop
        values: { replicas: 2, nested: { list: [1, null, false], empty: {} } }
        imageValues: { repository: app.image, tag: app.tag }
        timeoutSeconds: 600
        tags: { image: "{version}" }
        aliases: [shop/orders-2]
        assets: [orders.tar.gz]
        requires: { payments: ">=1", catalog: ^2.3 }
        team: shop
    `);
    assert.deepEqual(found, {
      name: "orders",
      github: "Orders",
      githubSource: "Orders",
      docker: "shop/orders",
      deploy: { strategy: "release", version: Version.of("v1.2") },
      preview: true,
      environments: ["testing", "production"],
      chart: { name: "oci://ghcr.io/acme/charts/orders", version: "1.4.0" },
      namespace: "shop",
      values: { replicas: 2, nested: { list: [1, null, false], empty: {} } },
      imageValues: { repository: "app.image", tag: "app.tag" },
      timeoutSeconds: 600,
      tags: { github: "v{version}", image: "{version}" },
      aliases: ["shop/orders-2"],
      assets: ["orders.tar.gz"],
      requires: new Map([
        ["catalog", "^2.3"],
        ["payments", ">=1"],
      ]),
      template: "index.yaml",
      team: "shop",
      sound: true,
      source: { file: "service/shop.yaml", index: 0 },
    });
  });

  it("sorts requirements by name, so that their order in the file decides nothing", () => {
    const found = only(text`
      - github: orders
        docker: orders
        deploy: { release: v1.2.0 }
        requires: { b: "*", B: "*", a: "*" }
    `);
    assert.deepEqual([...found.requires.keys()], ["B", "a", "b"]);
  });

  const strategies = [
    ["release: v1.2.0", { strategy: "release", version: Version.of("v1.2.0") }],
    ["branch: feature/x", { strategy: "branch", branch: "feature/x" }],
    ['range: ">=1.2"', { strategy: "range", range: ">=1.2" }],
    ["suspend: true", { strategy: "suspend" }],
    ["suspend: true, preview: true", { strategy: "suspend" }],
    ["preview: true", { strategy: "previews" }],
    ['preview: true, release: ""', { strategy: "previews" }],
    ["release: v1.2.0, suspend: false", { strategy: "release", version: Version.of("v1.2.0") }],
    ['release: v1.2.0, branch: ""', { strategy: "release", version: Version.of("v1.2.0") }],
    ["release: v1.2.0, branch: null", { strategy: "release", version: Version.of("v1.2.0") }],
    ['branch: main, release: ""', { strategy: "branch", branch: "main" }],
  ] as const;
  for (const [deploy, expected] of strategies) {
    it(`takes { ${deploy} } for a ${expected.strategy}`, () => {
      const found = only(`- { github: orders, docker: orders, deploy: { ${deploy} } }\n`);
      assert.deepEqual(found.deploy, expected);
    });
  }

  const none = [
    "",
    "suspend: false",
    'release: ""',
    "release: null",
    'branch: ""',
    'release: "", branch: "", suspend: false, preview: false',
  ];
  for (const deploy of none) {
    it(`finds no strategy in { ${deploy} }`, () => {
      const found = codes(`- { github: orders, docker: orders, deploy: { ${deploy} } }\n`);
      assert.deepEqual(found, ["1:37 missing-strategy"]);
    });
  }

  const several = [
    ["release: v1.2.0, branch: main", "2 strategies, release and branch"],
    ["release: v1.2.0, range: ^1", "2 strategies, release and range"],
    ["branch: main, suspend: true", "2 strategies, branch and suspend"],
    [
      "release: v1, branch: main, range: ^1, suspend: true",
      "4 strategies, release and branch and range and suspend",
    ],
  ] as const;
  for (const [deploy, said] of several) {
    it(`finds too many strategies in { ${deploy} }`, () => {
      const { issues } = parse(`- { github: orders, docker: orders, deploy: { ${deploy} } }\n`);
      assert.deepEqual(issues.map(formatIssue), [
        `service/shop.yaml:1:37 several-strategies definition 1 (orders): "deploy" has ${said}; keep one`,
      ]);
    });
  }

  const previews = [
    ["release: v1.2.0, preview: true", true],
    ["branch: main, preview: true", true],
    ["suspend: true, preview: true", true],
    ["preview: true", true],
    ["release: v1.2.0, preview: false", false],
    ["range: ^1, preview: false", false],
    ["suspend: true, preview: false", false],
    ["release: v1.2.0, preview: null", false],
  ] as const;
  for (const [deploy, expected] of previews) {
    it(`takes { ${deploy} } for ${expected ? "a preview" : "no preview"}`, () => {
      const found = only(`- { github: orders, docker: orders, deploy: { ${deploy} } }\n`);
      assert.equal(found.preview, expected);
    });
  }

  for (const deploy of ["range: ^1, preview: true"]) {
    it(`refuses the preview of { ${deploy} }`, () => {
      const found = parse(`- { github: orders, docker: orders, deploy: { ${deploy} } }\n`).issues;
      assert.deepEqual(
        found.map(({ code }) => code),
        ["preview-not-possible"],
      );
    });
  }

  it("takes a provider entry with preview: false for one without previews", () => {
    const found = only(text`
      - github: network
        provider: cloudformation
        deploy: { release: v0.5.8, preview: false }
    `);
    assert.equal(found.preview, false);
  });

  it("refuses the preview of a provider entry", () => {
    const found = codes(text`
      - github: network
        provider: cloudformation
        deploy: { release: v0.5.8, preview: true }
    `);
    assert.deepEqual(found, ["3:30 preview-not-possible"]);
  });

  it("takes an empty docker or provider for an absent one", () => {
    const withDocker = only(text`
      - github: orders
        docker: orders
        provider: ""
        deploy: { release: v1.2.0 }
    `);
    assert.equal("provider" in withDocker, false);
    const withProvider = only(text`
      - github: network
        docker:
        provider: cloudformation
        deploy: { release: v1.2.0 }
    `);
    assert.equal("docker" in withProvider, false);
    const withNeither = codes(text`
      - github: orders
        docker: ""
        provider: ""
        deploy: { release: v1.2.0 }
    `);
    assert.deepEqual(withNeither, ["1:3 missing-docker"]);
  });

  const named = [
    ["github: orders, docker: shop/orders", "shop/orders"],
    ["github: orders, docker: shop/orders, name: shop", "shop"],
    ["github: Orders, provider: cloudformation", "Orders"],
    ["github: orders, docker: orders, provider: cloudformation", "orders"],
  ] as const;
  for (const [keys, expected] of named) {
    it(`calls { ${keys} } ${expected}`, () => {
      assert.equal(only(`- { ${keys}, deploy: { release: v1 } }\n`).name, expected);
    });
  }

  const releases = [
    ["v1.2.0", true],
    ["v1", true],
    ["v0.9-beta", true],
    ["v1.12.2-ce60d74", true],
    ["1.2.0", false],
    ["v1.2.x", false],
    ["v1.2.3+build", false],
    ["v10.20.30-ABC_ok.123-xyz", false],
    ["latest", false],
  ] as const;
  for (const [release, valid] of releases) {
    it(`${valid ? "takes" : "refuses"} the release ${release}`, () => {
      const found = codes(
        `- { github: orders, docker: orders, deploy: { release: ${release} } }\n`,
      );
      assert.deepEqual(found, valid ? [] : ["1:56 invalid-release"]);
    });
  }

  const unquoted = [
    ["1.10", "the number 1.10"],
    ["1", "the number 1"],
    ["010", "the number 010"],
    ["1e3", "the number 1e3"],
    ["0x10", "the number 0x10"],
    ["true", "the boolean true"],
  ] as const;
  for (const [release, shown] of unquoted) {
    it(`tells how to write the release ${release}, which isn't a text`, () => {
      const { issues } = parse(
        `- { github: orders, docker: orders, deploy: { release: ${release} } }\n`,
      );
      assert.deepEqual(issues.map(formatIssue), [
        `service/shop.yaml:1:56 invalid-type definition 1 (orders): "deploy.release" is ${shown}; expected a text; quote it: "${release}"`,
      ]);
    });
  }

  const github = ["x".repeat(101), ".orders", "orders.git", "örders", "orders!", "acme/orders"];
  for (const name of github) {
    it(`refuses the GitHub repository ${name.slice(0, 20)}`, () => {
      const found = codes(`- { docker: orders, deploy: { release: v1 }, github: "${name}" }\n`);
      assert.deepEqual(found, ["1:54 invalid-github"]);
    });
  }

  describe("of two repositories on GitHub", () => {
    const issuesFor = (github: string): string[] =>
      parse(`- { docker: orders, deploy: { release: v1 }, github: ${github} }\n`).issues.map(
        formatIssue,
      );

    it("builds in the one and has its releases in the other", () => {
      const { services, issues } = parse(
        "- { github: { source: km, releases: km-releases }, assets: [kontain.tar.gz], deploy: { release: v1 } }\n",
      );
      assert.deepEqual(issues, []);
      assert.deepEqual(
        services.map(({ name, github, githubSource }) => [name, github, githubSource]),
        [["km", "km-releases", "km"]],
      );
      const [one] = parse("- { github: km, docker: km, deploy: { release: v1 } }\n").services;
      assert.deepEqual([one?.github, one?.githubSource], ["km", "km"]);
    });

    it("has both, by their names", () => {
      const at = "service/shop.yaml:1";
      const of = "definition 1 (orders):";
      const name = `a repository's name without its owner: at most 100 letters, digits, ".", "_" and "-", no leading dot, no ".git" at its end`;
      assert.deepEqual(issuesFor("{ source: km }"), [
        `${at}:54 missing-key ${of} "github.releases" is missing; expected a text`,
      ]);
      assert.deepEqual(issuesFor("{ source: km, releases: km-releases, release: km }"), [
        `${at}:91 unknown-key ${of} unknown key "release" in "github"; did you mean "releases"?`,
      ]);
      assert.deepEqual(issuesFor("{ source: acme/km, releases: 5 }"), [
        `${at}:64 invalid-github ${of} "github.source" is "acme/km"; expected ${name}`,
        `${at}:83 invalid-type ${of} "github.releases" is the number 5; expected a text; quote it: "5"`,
      ]);
      assert.deepEqual(issuesFor("{ source: km, releases: KM }"), [
        `${at}:68 key-without-effect ${of} "github.source" and "github.releases" are the same repository; write github: km`,
      ]);
      assert.deepEqual(issuesFor('{ source: "", releases: km }'), [
        `${at}:64 invalid-github ${of} "github.source" is empty; give the name of the repository`,
      ]);
      assert.deepEqual(issuesFor("[km]"), [
        `${at}:54 invalid-value ${of} "github" is a sequence; expected a repository's name, or a mapping of source and releases`,
      ]);
      assert.deepEqual(
        parse("- { docker: orders, deploy: { release: v1 } }\n").issues.map(formatIssue),
        [
          `${at}:3 missing-key ${of} "github" is missing; expected a repository's name, or a mapping of source and releases`,
        ],
      );
    });
  });

  const docker = ["UPPER/CASE", "/a", "a/", "a//b", "a:b", "a@b", "a..b", "a-.-b"];
  for (const name of [...docker, "x".repeat(257)]) {
    it(`refuses the image repository ${name.slice(0, 20)}`, () => {
      const found = codes(`- { github: orders, deploy: { release: v1 }, docker: "${name}" }\n`);
      assert.deepEqual(found, ["1:54 invalid-docker"]);
    });
  }

  const charts = [
    ['name: "oci://ghcr.io/acme/orders"', []],
    ["name: ./charts/orders", []],
    ['name: orders, repository: "https://charts.acme.example"', []],
    [`name: "oci://h/a", digest: "sha256:${"0".repeat(64)}"`, []],
    ["name: orders", ["invalid-chart"]],
    ['name: orders, repository: "https://charts.acme.example/%"', ["invalid-chart"]],
    ['name: orders, repository: "https://charts.acme.example/a%20b"', []],
    ['name: orders, repository: "https://marcantoineRaymond.github.io/GomenHashai"', []],
    ["name: ./charts/../orders", ["invalid-chart"]],
    ["name: ./.", ["invalid-chart"]],
    ["name: ./charts/./orders", ["invalid-chart"]],
    ["name: .//etc/orders", ["invalid-chart"]],
    ["name: /charts/orders", ["invalid-chart"]],
    ["name: ../orders", ["invalid-chart"]],
    ['name: "oci://ghcr.io"', ["invalid-chart"]],
    ['name: "oci://user:secret@ghcr.io/orders"', ["invalid-chart"]],
    ['name: "https://ghcr.io/orders"', ["invalid-chart"]],
    ['name: orders, repository: "http://charts.acme.example"', ["invalid-chart"]],
    ['name: "oci://h/a", repository: "https://charts.acme.example"', ["invalid-chart"]],
    [`name: ./a, digest: "sha256:${"0".repeat(64)}"`, ["invalid-chart"]],
    ['name: ""', ["invalid-chart"]],
  ] as const;
  for (const [chart, expected] of charts) {
    it(`${expected.length === 0 ? "takes" : "refuses"} the chart { ${chart} }`, () => {
      const { issues } = parse(
        `- { github: orders, docker: orders, deploy: { release: v1 }, chart: { version: 1.4.0, ${chart} } }\n`,
      );
      assert.deepEqual(
        issues.map(({ code }) => code),
        expected,
      );
    });
  }

  const own = "chart: { name: ./charts/own, version: 1.4.0 }";
  const values = [
    ["values: { image: { pullPolicy: Always } }", []],
    ["values: { image: { tag: x } }", ["values.image.tag"]],
    ["values: { image: null }", ["values.image"]],
    ["values: { image: [x] }", ["values.image"]],
    ["values: { image: { repository: x } }", ["values.image.repository"]],
    ["values: { image: { digest: x } }", ["values.image.digest"]],
    ["values: { image: { tag: x, digest: d } }", ["values.image.tag", "values.image.digest"]],
    ["values: { image: { registry: mallory.example } }", ["values.image.registry"]],
    ['values: { image: { registry: "", sha: null } }', []],
    [
      `values: { app: { sha256: x } }, imageValues: { repository: app.name, tag: app.tag }, ${own}`,
      ["values.app.sha256"],
    ],
    [
      `values: { app: { digest: x } }, imageValues: { repository: app.name, tag: app.tag }, ${own}`,
      ["values.app.digest"],
    ],
    [`values: { registry: { host: x } }, imageValues: { repository: name, tag: tag }, ${own}`, []],
    [`values: { app: { v: 1 } }, imageValues: { repository: app.name, tag: app.tag }, ${own}`, []],
    [
      `values: { app: { tag: 1 } }, imageValues: { repository: app.name, tag: app.tag }, ${own}`,
      ["values.app.tag"],
    ],
    [`values: { image: { tag: x } }, imageValues: { repository: name, tag: tag }, ${own}`, []],
  ] as const;
  for (const [keys, taken] of values) {
    it(`finds ${taken.length === 0 ? "nothing" : taken.join(" and ")} in { ${keys} }`, () => {
      const { issues } = parse(
        `- { github: orders, docker: orders, deploy: { release: v1 }, ${keys} }\n`,
      );
      assert.deepEqual(
        issues.map(({ message }) => message),
        taken.map(
          (path) =>
            `definition 1 (orders): "${path}" sets the image, which the pin decides; remove it`,
        ),
      );
    });
  }

  it("finds what is wrong in every definition, each by its number and name", () => {
    const { issues } = parse(text`
      - github: orders
        docker: orders
        deploy: { release: v1.2 }
        colour: blue
      - deploy: {}
      - name: catalog
        github: [catalog]
        docker: Catalog
        deploy: { release: v1 }
    `);
    assert.deepEqual(
      issues.map(({ message }) => /^definition \d( \(.*?\))?/.exec(message)?.[0]),
      [
        "definition 1 (orders)",
        "definition 2",
        "definition 2",
        "definition 3 (catalog)",
        "definition 3 (catalog)",
      ],
    );
  });

  it("says where each service stands", () => {
    const { services } = parse(text`
      - { github: a, docker: a, deploy: { release: v1 } }
      - { github: b, docker: b, deploy: { release: v1 } }
    `);
    assert.deepEqual(
      services.map(({ name, source }) => [name, source]),
      [
        ["a", { file: "service/shop.yaml", index: 0 }],
        ["b", { file: "service/shop.yaml", index: 1 }],
      ],
    );
  });

  it("takes a value that an alias repeats", () => {
    const { services, issues } = parse(text`
      - github: orders
        docker: orders
        deploy: { release: v1 }
        values: &values { replicas: 2 }
      - github: catalog
        docker: catalog
        deploy: { release: v1 }
        values: *values
    `);
    assert.deepEqual(issues, []);
    assert.deepEqual(services[1]?.values, { replicas: 2 });
  });

  it("points at the alias's target for a value that an alias repeats", () => {
    const found = codes(text`
      - github: orders
        docker: orders
        deploy: &deploy { release: 1.10 }
      - github: catalog
        docker: catalog
        deploy: *deploy
    `);
    assert.deepEqual(found, ["3:30 invalid-type", "3:30 invalid-type"]);
  });

  it("tells how to write what an alias repeats, as it is written", () => {
    const { issues } = parse(text`
      - github: orders
        docker: orders
        deploy: &deploy { release: 1.10 }
      - github: catalog
        docker: catalog
        deploy: *deploy
    `);
    assert.match(issues[1]?.message ?? "", /quote it: "1.10"$/);
  });

  it("finds a value that stands where the image goes once", () => {
    const found = codes(
      `- { github: orders, docker: orders, deploy: { release: v1 }, values: { image: x } }\n`,
    );
    assert.deepEqual(found, ["1:72 values-set-image"]);
  });

  const lost = [
    "{ repository: image, tag: image.tag }",
    "{ repository: image.name, tag: image }",
    "{ repository: image, tag: image }",
    "{ repository: a, tag: b, digest: b }",
  ];
  for (const paths of lost) {
    it(`refuses image paths of which one would replace another: ${paths}`, () => {
      const found = codes(
        `- { github: orders, docker: orders, deploy: { release: v1 }, imageValues: ${paths}, chart: { name: ./a, version: 1.4.0 } }\n`,
      );
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", /invalid-value-path$/);
    });
  }

  it("refuses an image path through an object's prototype", () => {
    const found = codes(text`
      - github: orders
        docker: orders
        deploy: { release: v1 }
        chart: { name: ./charts/own, version: 1.4.0 }
        imageValues: { repository: __proto__.polluted, tag: image.tag }
    `);
    assert.deepEqual(found, ["5:30 invalid-value-path"]);
  });

  it("refuses to point the image of the default chart aside, and values.image to be somebody else's", () => {
    const { issues } = parse(text`
      - github: orders
        docker: orders
        deploy: { release: v1.1.2 }
        imageValues: { repository: pinned.repository, tag: pinned.tag, digest: pinned.digest }
        values:
          image: { repository: docker.io/mallory/miner, tag: latest, digest: "sha256:${"e".repeat(64)}" }
    `);
    assert.deepEqual(
      issues.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
      [
        `4:3 key-without-effect definition 1 (orders): "imageValues" is for a chart of the definition's own; without "chart" the image is at image.repository, image.tag and image.digest; remove it`,
      ],
    );
  });

  it("takes the paths of the default chart where they are written out", () => {
    const paths = "{ repository: image.repository, tag: image.tag, digest: image.digest }";
    const list = (given: string): string =>
      `- { github: a, docker: a, deploy: { release: v1 }, imageValues: ${given} }\n`;
    assert.deepEqual(codes(list(paths)), []);
    const withoutDigest = "{ repository: image.repository, tag: image.tag }";
    assert.deepEqual(codes(list(withoutDigest)), ["1:52 key-without-effect"]);
  });

  for (const character of ["\u0000", "\u001b", "\u009b", "\u2028", "\u202e", "\u2066"]) {
    const shown = `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    it(`refuses ${shown} in every text but those of values`, () => {
      const texts = [
        `chart: { version: 1.4.0, name: "oci://ghcr.io/a${shown}b" }`,
        `team: "a${shown}b"`,
        `assets: ["a${shown}b"]`,
        `environments: ["a${shown}b"]`,
      ];
      for (const key of texts) {
        const found = codes(`- { github: a, docker: a, deploy: { release: v1 }, ${key} }\n`);
        assert.match(found[0] ?? "", / invalid-(?:value|chart)$/, key);
      }
      const values = `values: { a: "a${shown}b" }`;
      assert.deepEqual(
        codes(`- { github: a, docker: a, deploy: { release: v1 }, ${values} }\n`),
        [],
      );
    });
  }

  it("refuses a number that would be another one in Helm", () => {
    const { issues } = parse(
      `- { github: orders, docker: orders, deploy: { release: v1 }, values: { id: 12345678901234567890 } }\n`,
    );
    assert.equal(issues.length, 1);
    assert.match(issues[0]?.message ?? "", /quote it: "12345678901234567890"$/);
  });

  it("says of a value that JSON can't hold what is expected", () => {
    const { issues } = parse(
      `- { github: orders, docker: orders, deploy: { release: v1 }, values: { a: .nan } }\n`,
    );
    assert.equal(issues.length, 1);
    assert.doesNotMatch(issues[0]?.message ?? "", /Invalid input/);
  });

  it("calls a name that JavaScript gives to every object a reserved one, wherever it is given", () => {
    const found = codes(text`
      - { name: constructor, github: a, docker: a, deploy: { release: v1 } }
      - { github: b, docker: b, deploy: { release: v1 }, requires: { toString: "*" } }
    `);
    assert.deepEqual(found, ["1:11 reserved-name", "2:64 reserved-name"]);
  });

  const onlyImages = [
    "chart: { name: ./a, version: 1.4.0 }",
    "values: {}",
    "imageValues: { repository: a, tag: b }",
    "namespace: shop",
    "aliases: []",
  ];
  for (const line of onlyImages) {
    it(`finds no effect of { ${line} } on an entry without an image`, () => {
      const found = codes(
        `- { github: a, provider: cloudformation, deploy: { release: v1 }, ${line} }\n`,
      );
      assert.deepEqual(found, ["1:67 key-without-effect"]);
    });
  }

  const scalars = [
    ["timeoutSeconds: 1", undefined],
    ["timeoutSeconds: 3600", undefined],
    ["timeoutSeconds: 0", "expected at least 1 second"],
    ["timeoutSeconds: 3601", "expected at most 3600 seconds"],
    ["timeoutSeconds: 1.5", "expected a whole number"],
    ['timeoutSeconds: "60"', "expected a whole number"],
    ["environments: []", "expected at least one environment; without the key it runs in all"],
    ["environments: testing", "expected a sequence"],
    ["values: []", "expected a mapping"],
    ["requires: catalog", "expected a mapping"],
    ["deploy: main", "expected a mapping"],
    ["team: [shop]", "expected a text"],
    [`tags: { image: "1.{version}-x_2" }`, undefined],
    ['tags: { image: "{version}-9.a" }', undefined],
    [
      'tags: { image: "{version}{version}" }',
      "expected a tag without slashes that holds {version} once",
    ],
    [
      'tags: { image: "{version}-a b" }',
      "expected a tag without slashes that holds {version} once",
    ],
    ['tags: { image: "!a{version}" }', "expected a tag without slashes that holds {version} once"],
    ['tags: { image: "-{version}" }', "expected a tag without slashes that holds {version} once"],
    ['tags: { image: "a/{version}" }', "expected a tag without slashes that holds {version} once"],
    ['tags: { github: "release" }', "expected a tag without slashes that holds {version} once"],
    ["template: a/b-c_d.yaml", undefined],
    ["template: /a.yaml", "expected a file of the template folder"],
    ["template: a b.yaml", "expected a file of the template folder"],
    ["template: a/../b.yaml", "expected a file of the template folder"],
    ["assets: [a.tar.gz]", undefined],
    ['assets: [" "]', "expected a text that isn't empty"],
    ["requires: { a: newest }", "expected a semver range"],
  ] as const;
  for (const [line, expected] of scalars) {
    it(`${expected === undefined ? "takes" : "refuses"} { ${line} }`, () => {
      const start = line.startsWith("deploy") ? "" : "deploy: { release: v1 }, ";
      const key = line.startsWith("template") ? "provider: cloudformation" : "docker: a";
      const issues = parse(`- { github: a, ${key}, ${start}${line} }\n`).issues.filter(isError);
      assert.equal(issues.length, expected === undefined ? 0 : 1);
      if (expected !== undefined) assert.ok(issues[0]?.message.includes(expected));
    });
  }

  it("shortens what it repeats after 80 characters", () => {
    const shown = (length: number): string | undefined => {
      const { issues } = parse(
        `- { github: "${"!".repeat(length)}", docker: a, deploy: { release: v1 } }\n`,
      );
      return /"(!+(?:\.\.\.)?)"/.exec(issues[0]?.message ?? "")?.[1];
    };
    assert.equal(shown(80), "!".repeat(80));
    assert.equal(shown(81), `${"!".repeat(77)}...`);
  });

  it("refuses a tag that would be longer than registries take", () => {
    const found = (length: number): string[] =>
      codes(
        `- { github: a, docker: a, deploy: { release: v1 }, tags: { image: "${"a".repeat(length)}{version}" } }\n`,
      );
    assert.deepEqual(found(100), []);
    assert.deepEqual(found(129), ["1:67 invalid-tag-pattern"]);
  });

  it("says which image path another one would replace", () => {
    const { issues } = parse(
      `- { github: a, docker: a, deploy: { release: v1 }, imageValues: { repository: image, tag: image.tag }, chart: { name: ./a, version: 1.4.0 } }\n`,
    );
    assert.deepEqual(
      issues.map(({ message }) => message),
      [
        `definition 1 (a): "imageValues.tag" is "image.tag", which would replace "imageValues.repository", "image"; give each its own path`,
      ],
    );
  });

  const suggestions = [
    ["githb", 'did you mean "github"?'],
    ["dockr", 'did you mean "docker"?'],
    ["timeout", "known are github,"],
    ["timeoutSecs", 'did you mean "timeoutSeconds"?'],
    ["x", "known are github,"],
  ] as const;
  for (const [key, expected] of suggestions) {
    it(`says "${expected}" of the key ${key}`, () => {
      const { issues } = parse(`- { github: a, docker: a, deploy: { release: v1 }, ${key}: 1 }\n`);
      assert.equal(issues.length, 1);
      assert.ok(issues[0]?.message.includes(`unknown key "${key}"; ${expected}`));
    });
  }
});
