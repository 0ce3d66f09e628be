import assert from "node:assert/strict";
import { parseEnvironments, positionInPath } from "../../src/core/environments";
import { formatIssue } from "../../src/core/input/issue";
import { yamlFile } from "../support/model";
import { text } from "../support/text";

function parse(yaml: string): ReturnType<typeof parseEnvironments> {
  return parseEnvironments(yamlFile(yaml, "environments.yaml"));
}

function issues(yaml: string): string[] {
  return parse(yaml).issues.map(formatIssue);
}

const PATH = text`
  environments:
    testing: { accepts: [release, prerelease, branch, commit], ref: testing }
    staging: { accepts: [release], from: testing, soak: 1h }
    production: { accepts: [release], from: staging, soak: 24h, digest: required }
`;

describe("parseEnvironments", () => {
  it("returns the path in the order of the file, each with its name", () => {
    const { environments, issues } = parse(PATH);
    assert.deepEqual(issues, []);
    assert.deepEqual(
      [...(environments ?? [])],
      [
        [
          "testing",
          {
            name: "testing",
            from: [],
            rejected: {},
            accepts: ["release", "prerelease", "branch", "commit"],
            ref: "testing",
          },
        ],
        [
          "staging",
          { name: "staging", from: ["testing"], rejected: {}, accepts: ["release"], soak: "1h" },
        ],
        [
          "production",
          {
            name: "production",
            from: ["staging"],
            rejected: {},
            accepts: ["release"],
            soak: "24h",
            digest: "required",
          },
        ],
      ],
    );
  });

  it("lets several environments come from one", () => {
    const path = text`
      environments:
        testing: { accepts: [release] }
        europe: { accepts: [release], from: testing }
        america: { accepts: [release], from: testing }
    `;
    assert.deepEqual(issues(path), []);
  });

  it("finds a cycle that doesn't go through every environment, once", () => {
    const path = text`
      environments:
        a: { accepts: [release], from: b }
        b: { accepts: [release], from: c }
        c: { accepts: [release], from: b }
    `;
    assert.deepEqual(issues(path), [
      `environments.yaml:3:34 circular-path the promotion path forms a cycle: b -> c -> b; remove one "from"`,
    ]);
    assert.equal(parse(path).environments, undefined);
  });

  it("finds every problem of the file at once", () => {
    const path = text`
      environments:
        testing: { accepts: [nightly], digest: always }
        production: { soak: soon, frm: testing }
      owner: shop
    `;
    assert.deepEqual(
      parse(path).issues.map(({ line, column, code }) => `${line}:${column} ${code}`),
      [
        "2:24 invalid-value",
        "2:42 invalid-value",
        "3:15 missing-key",
        "3:23 invalid-duration",
        "3:29 unknown-key",
        "4:1 unknown-key",
      ],
    );
  });

  const days = [
    ["2026-12-19", "2026-12-20"],
    ["2026-12-19", "2026-12-19T00:00:01Z"],
    ["2026-12-19T17:00Z", "2026-12-19T17:01:00Z"],
    ["2026-12-19T17:00:00+02:00", "2026-12-19T16:00:00Z"],
    ["2028-02-29", "2028-03-01"],
  ] as const;
  for (const [from, until] of days) {
    it(`takes a freeze from ${from} until ${until}`, () => {
      const freeze = `[{ from: "${from}", until: "${until}", reason: year end }]`;
      const path = `environments:\n  a: { accepts: [], freeze: ${freeze} }\n`;
      assert.deepEqual(issues(path), []);
    });
  }

  const noDays = [
    "2026-02-29",
    "2026-02-30",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-01-32",
    "2026-1-2",
    "26-01-02",
    "2026-01-02T25:00Z",
    "2026-01-02T17:00",
    "2026-01-02 17:00Z",
    "2026-01-02T17:00:00.5Z",
    "tomorrow",
    "",
  ];
  for (const day of noDays) {
    it(`refuses a freeze from ${JSON.stringify(day)}`, () => {
      const freeze = `[{ from: "${day}", until: "2030-01-01", reason: year end }]`;
      const path = `environments:\n  a: { accepts: [], freeze: ${freeze} }\n`;
      assert.deepEqual(
        parse(path).issues.map(({ code, line, column }) => `${line}:${column} ${code}`),
        ["2:38 invalid-date"],
      );
    });
  }

  it("refuses a freeze that ends when it starts", () => {
    const freeze = `[{ from: 2026-12-19, until: 2026-12-19T00:00:00Z, reason: year end }]`;
    assert.deepEqual(issues(`environments:\n  a: { accepts: [], freeze: ${freeze} }\n`), [
      "environments.yaml:2:57 empty-freeze the freeze ends at 2026-12-19T00:00:00Z, which isn't after its start at 2026-12-19; swap them",
    ]);
  });

  const weekly: [string, string[]][] = [
    ['every: "Fri 16:00 - Mon 08:00"', []],
    ['every: "Fri 16:00 - Mon 08:00", zone: Europe/Berlin', []],
    ['every: "Fri 16:00 - Mon 08:00", zone: Berlin', ["2:70 invalid-date"]],
    ['every: "Friday - Monday"', ["2:39 invalid-date"]],
    ['every: "Fri 16:00 - Fri 16:00"', ["2:39 invalid-date"]],
    ['every: "Fri 16:00 - Mon 08:00", from: 2026-12-19', ["2:30 missing-key"]],
    ["from: 2026-12-19, until: 2026-12-20, zone: UTC", ["2:30 missing-key"]],
    ["from: 2026-12-19", ["2:30 missing-key"]],
    ["zone: Europe/Berlin", ["2:30 missing-key"]],
  ];
  for (const [freeze, found] of weekly) {
    it(`${found.length === 0 ? "takes" : "refuses"} a freeze { ${freeze} }`, () => {
      const path = `environments:\n  a: { accepts: [], freeze: [{ ${freeze}, reason: weekend }] }\n`;
      assert.deepEqual(
        parse(path).issues.map(({ code, line, column }) => `${line}:${column} ${code}`),
        found,
      );
    });
  }

  for (const soak of ["0s", "30m", "24h", "7d"]) {
    it(`takes a soak time of ${soak}`, () => {
      const path = `environments:\n  a: { accepts: [] }\n  b: { accepts: [], from: a, soak: ${soak} }\n`;
      assert.deepEqual(issues(path), []);
    });
  }

  for (const soak of ["1", "1w", "1.5h", "-1h", "h", "1 h", "1h30m", "1H"]) {
    it(`refuses a soak time of ${soak}`, () => {
      const path = `environments:\n  a: { accepts: [] }\n  b: { accepts: [], from: a, soak: "${soak}" }\n`;
      assert.deepEqual(
        parse(path).issues.map(({ code }) => code),
        ["invalid-duration"],
      );
    });
  }
});

describe("positionInPath", () => {
  const { environments } = parse(PATH);

  it("is first where no version comes from elsewhere, last where none goes on", () => {
    assert.ok(environments);
    assert.equal(positionInPath(environments, "testing"), "first");
    assert.equal(positionInPath(environments, "staging"), "middle");
    assert.equal(positionInPath(environments, "production"), "last");
  });

  it("is last for each end of a path with several", () => {
    const { environments } = parse(text`
      environments:
        testing: { accepts: [release] }
        europe: { accepts: [release], from: testing }
        america: { accepts: [release], from: testing }
    `);
    assert.equal(positionInPath(environments, "europe"), "last");
    assert.equal(positionInPath(environments, "america"), "last");
    assert.equal(positionInPath(environments, "testing"), "first");
  });

  it("follows from the names where there is no path", () => {
    assert.equal(positionInPath(undefined, "testing"), "first");
    assert.equal(positionInPath(undefined, "staging"), "middle");
    assert.equal(positionInPath(undefined, "production"), "last");
    assert.equal(positionInPath(undefined, "live"), "middle");
  });

  it("follows from the names for an environment that the path doesn't have", () => {
    const { environments } = parse("environments: { live: { accepts: [release] } }\n");
    assert.equal(positionInPath(environments, "production"), "last");
    assert.equal(positionInPath(environments, "testing"), "first");
    assert.equal(positionInPath(environments, "elsewhere"), "middle");
  });

  it("protects a lone environment when it is called production", () => {
    const lone = (name: string): string => {
      const { environments } = parse(`environments: { ${name}: { accepts: [release] } }\n`);
      return positionInPath(environments, name);
    };
    assert.equal(lone("production"), "last");
    assert.equal(lone("sandbox"), "first");
  });

  it("takes production for the first one where others come from it", () => {
    const { environments } = parse(text`
      environments:
        production: { accepts: [release] }
        mirror: { accepts: [release], from: production }
    `);
    assert.equal(positionInPath(environments, "production"), "first");
  });
});
