import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Run } from "../support/cli";
import type { GitFolder } from "../support/git";
import type { Files } from "../support/folder";
import { text } from "../support/text";

/** One thing that a user did with one kind of file, and what is said and left behind now. */
export interface Fault {
  /** Its number among the faults that use has shown. */
  readonly number: string;
  /** What went wrong once, as a sentence. */
  readonly was: string;
  readonly files: Files;
  /** Prepares the folder, which then is a git repository. */
  readonly git?: (folder: GitFolder) => void;
  readonly steps: readonly Step[];
}

/** A command, and its effect. */
export interface Step {
  readonly run: string;
  /** More arguments, which hold spaces. */
  readonly args?: readonly string[];
  readonly code: number;
  /** What stderr has, each in one of its lines. */
  readonly errors?: readonly (string | RegExp)[];
  /** What stdout has. */
  readonly shows?: readonly (string | RegExp)[];
  /** Asserts whatever else is to be seen of it. */
  readonly check?: (run: Run, folder: GitFolder) => void;
}

const HEAD = text`
  config:
    pulumi:disable-default-providers: ["*"]
`;

const RUNS = text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:cluster: { context: shop }
    releases:registry: { role: external, host: registry.shop.example/shop }
`;

const AWS = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
    releases:cluster: { context: shop }
`;

const TWO = text`
  - { github: cart, docker: cart, deploy: { release: v1.1.2 } }
  - { github: billing, docker: billing, deploy: { release: v3.0.1 } }
`;

const DIGEST = `sha256:${"7412ab7d".repeat(8)}`;
const SALT =
  "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n";

function one(name: string, more: string, release = "v1.1.2"): string {
  return `- github: ${name}\n  docker: ${name}\n  deploy: { release: ${release} }\n${more}`;
}

function stack(start: string, more = ""): string {
  return start + more.replaceAll(/^(?=.)/gm, "  ");
}

/** Returns what a stack config sets, parsed by YAML 1.1 with merges, as Pulumi does. */
function config(folder: GitFolder, name: string): Record<string, Record<string, unknown>> {
  const file = parse(folder.read(`Pulumi.${name}.yaml`), { merge: true }) as {
    config?: Record<string, Record<string, unknown>>;
  };
  return file.config ?? {};
}

interface Resource {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

function resources({ stdout }: Run): Resource[] {
  const { stacks } = JSON.parse(stdout) as { stacks: Record<string, { resources: Resource[] }> };
  return Object.values(stacks).flatMap(({ resources }) => resources);
}

function lines({ stderr }: Run, code: string): string[] {
  return stderr.split("\n").filter((line) => line.includes(` ${code} `));
}

const TEMPLATES = "- github: network\n  provider: cloudformation\n  deploy: { release: v0.5.8 }\n";

function inRegion(region: string): string {
  return stack(
    `${HEAD}  aws:region: ${region}\n  releases:account: "111111111111"\n`,
    "releases:cluster: { context: shop }\nreleases:registry: { role: source, prefix: shop/ }\nreleases:templates: { bucket: shop-templates }\n",
  );
}

const templateIsAt = (host: string) => (run: Run) => {
  const stacks = resources(run).filter(({ type }) => type === "aws:cloudformation/stack:Stack");
  assert.ok(stacks.length > 0);
  for (const { inputs } of stacks) assert.ok(String(inputs["templateUrl"]).includes(host), host);
};

/** Every fault that use has shown, as a small repository and what a user did there. */
export const FAULTS: readonly Fault[] = [
  {
    number: "01",
    was: "hold --until wrote a date that Pulumi reads as a time, with which the stack couldn't be declared",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml": stack(
        AWS,
        "releases:registry: { role: source, prefix: shop/ }\nreleases:versions: { billing: v3.0.1 }\nreleases:select: { names: [cart, billing] }\n",
      ),
      "infrastructure/network.yaml": TEMPLATES,
      "Pulumi.dates.yaml": stack(
        AWS,
        text`
          releases:environment: dates
          releases:select: { names: [network] }
          releases:templates:
            bucket: shop-templates
            parameters: { Expiry: 2026-12-31, At: 2026-12-31T10:00:00Z, Day: "2026-12-31" }
            tags: { since: 2026-1-2 }
        `,
      ),
    },
    steps: [
      {
        run: "hold billing --stack testing --reason",
        args: ["load test", "--until", "2127-12-31"],
        code: 0,
        check: (_run, folder) => {
          assert.match(folder.read("Pulumi.testing.yaml"), /until: "2127-12-31"/);
        },
      },
      {
        run: "lint",
        code: 1,
        errors: [
          'Pulumi.dates.yaml:10:27 ambiguous-value "templates.parameters.Expiry" is 2026-12-31, which is a time to Pulumi, and "2026-12-31" to this program; write "2026-12-31"',
          /^Pulumi\.dates\.yaml:10:43 ambiguous-value "templates\.parameters\.At" /,
          /^Pulumi\.dates\.yaml:11:20 ambiguous-value "templates\.tags\.since" /,
        ],
        check: (run) => assert.equal(lines(run, "ambiguous-value").length, 3),
      },
    ],
  },
  {
    number: "02",
    was: "lifting a hold whose reason is a block scalar took the line behind it along",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml":
        stack(
          RUNS,
          text`
            releases:versions:
              cart: v1.1.2
              billing: v3.0.1
            releases:holds:
              cart:
                reason: >-
                  load test until Friday,
                  ask the shop team
          `,
        ) + SALT,
    },
    steps: [
      {
        run: "hold cart --stack testing --reason again",
        code: 0,
        check: (_run, folder) => {
          assert.ok(folder.read("Pulumi.testing.yaml").endsWith(SALT));
          assert.deepEqual(config(folder, "testing")["releases:holds"], {
            cart: { reason: "again" },
          });
        },
      },
      {
        run: "unhold cart --stack testing",
        code: 0,
        check: (_run, folder) => {
          assert.ok(folder.read("Pulumi.testing.yaml").endsWith(SALT));
          assert.equal(config(folder, "testing")["releases:holds"]?.["cart"], undefined);
        },
      },
    ],
  },
  {
    number: "03",
    was: "a pin that Pulumi's Automation API has folded ended in a trace",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml": stack(
        RUNS,
        `releases:versions:\n  cart: >-\n    v1.1.2@${DIGEST}\n  billing: v3.0.1\n`,
      ),
    },
    steps: [
      {
        run: "bump cart v1.1.3 --stack testing",
        code: 0,
        check: (_run, folder) => {
          const pins = { cart: "v1.1.3", billing: "v3.0.1" };
          assert.deepEqual(config(folder, "testing")["releases:versions"], pins);
        },
      },
    ],
  },
  {
    number: "04",
    was: "with log.showSignature the words of a signature broke the glass",
    files: {
      "service/shop.yaml": TWO,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          production:
            accepts: [release]
            from: testing
            soak: 24h
            freeze: [{ from: 2020-01-01, until: 2099-01-01, reason: long }]
      `,
      "Pulumi.testing.yaml": stack(RUNS, "releases:versions: { cart: v1.1.2 }\n"),
      "Pulumi.production.yaml": stack(
        RUNS.replace("context: shop", "context: production"),
        "releases:versions: { cart: v1.1.2 }\n",
      ),
    },
    git: (folder) => {
      folder.commit("start");
      folder.shell(
        'ssh-keygen -q -t ed25519 -N "" -f key; git config gpg.format ssh; git config user.signingkey key.pub',
      );
      folder.shell("sed -i s/v1.1.2/v1.1.3/ Pulumi.*.yaml; git commit -q -S -am bump");
      folder.git("config", "log.showSignature", "true");
    },
    steps: [
      {
        run: "plan production --since HEAD~1",
        code: 1,
        shows: ["freeze refuses cart: ", "soak refuses cart: "],
        check: ({ stdout, stderr }) => assert.doesNotMatch(stdout + stderr, /glass broken/),
      },
    ],
  },
  {
    number: "06",
    was: "five stack configs that Pulumi takes ended in a trace when a pin was set",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.null.yaml": stack(RUNS, "releases:versions: ~\n"),
      "Pulumi.alias.yaml": stack(
        RUNS,
        "other:versions: &pins { cart: v1.1.2 }\nreleases:versions: *pins\n",
      ),
      "Pulumi.empty.yaml": "config: {}\n",
      "Pulumi.fresh.yaml": SALT,
      "Pulumi.imports.yaml": "environment:\n  - shop/dev\n",
    },
    steps: ["null", "alias", "empty", "fresh", "imports"].map((name): Step => ({
      run: `bump cart v1.1.3 --stack ${name}`,
      // What can't be edited is refused; -1 leaves that open.
      code: -1,
      check: ({ code, stdout, stderr }, folder) => {
        assert.doesNotMatch(stdout + stderr, /\n {4}at |Error:/);
        if (code !== 0) assert.match(stderr, new RegExp(`Pulumi\\.${name}\\.yaml`));
        else assert.equal(config(folder, name)["releases:versions"]?.["cart"], "v1.1.3");
      },
    })),
  },
  {
    number: "07",
    was: "values that Helm reads as YAML 1.1 were deployed with another meaning, in silence",
    files: {
      "service/shop.yaml": one(
        "cart",
        text`
          chart: { name: "oci://registry.shop.example/charts/cart", version: 1.4.0 }
          values:
            defaultMode: 0400
            scriptsMode: 0775
            enabled: no
            legacy: off
            bits: 0b11
            grouped: 1_000_000
        `.replaceAll(/^(?=.)/gm, "  "),
      ),
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [
          /^service\/shop\.yaml:6:18 ambiguous-value .* is 0400, which is 256 to Helm and Pulumi, and 400 to this program; write 256 or 400$/,
          /:7:18 ambiguous-value .* is 0775, which is 509 to Helm and Pulumi, and 775 to this program; write 509 or 775$/,
          /:8:14 ambiguous-value .* is no, which is false to Helm, and "no" to Pulumi and this program; write false or "no"$/,
          /:9:13 ambiguous-value .* is off, which is false to Helm, and "off" /,
          /:10:11 ambiguous-value .* is 0b11, which is 3 to Helm and Pulumi, and "0b11" to this program; write 3 or "0b11"$/,
          /:11:14 ambiguous-value .* is 1_000_000, which is 1000000 to Helm and Pulumi, /,
        ],
      },
      { run: "plan testing", code: 1, errors: [/ ambiguous-value /] },
    ],
  },
  {
    number: "08",
    was: "merge keys reached Helm as a key <<, or were refused with other words",
    files: {
      "service/shop.yaml": text`
        - &cart
          github: cart
          docker: cart
          deploy: { release: v1.1.2 }
          values: &defaults
            replicaCount: 2
        - <<: *cart
          github: billing
          docker: billing
          values:
            <<: *defaults
            port: 8081
      `,
      "Pulumi.testing.yaml": stack(
        RUNS,
        "other:pins: &pins { cart: v1.1.1, billing: v1.1.0 }\nreleases:versions: { <<: *pins, billing: v1.1.1 }\n",
      ),
    },
    git: (folder) => void folder.commit("start"),
    steps: [
      { run: "lint", code: 0 },
      {
        run: "plan testing --json",
        code: 0,
        check: (run) => {
          const helm = resources(run).filter(({ type }) => type.endsWith(":Release"));
          const values = helm.map(({ inputs }) => inputs["values"] as Record<string, unknown>);
          assert.deepEqual(
            values.map(({ replicaCount, port }) => [replicaCount, port]),
            [
              [2, 8081],
              [2, undefined],
            ],
          );
        },
      },
      { run: "status", code: 0, shows: [/billing +v1\.1\.1\n/, /cart +v1\.1\.1\n/] },
      { run: "history cart", code: 0, shows: [/cart +v1\.1\.1 /] },
    ],
  },
  {
    number: "10",
    was: "a version was planned that a registry's tag can't hold",
    files: {
      "service/shop.yaml": one(
        "cart",
        `  tags: { image: "${"a-very-long-prefix-".repeat(6)}{version}" }\n`,
        `v1.2.3-${"abcdefghij-".repeat(4)}x`,
      ),
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [{ run: "lint", code: 1, errors: [/ tag-too-long .* a registry takes 128; /] }],
  },
  {
    number: "11",
    was: "no mutable tags at all were declared in a way that ECR refuses",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml": stack(
        AWS,
        "releases:registry: { role: source, prefix: shop/, mutableTags: [] }\n",
      ),
    },
    steps: [
      { run: "lint", code: 0 },
      {
        run: "plan testing --json",
        code: 0,
        check: (run) => {
          const found = resources(run).filter(({ type }) => type.endsWith(":Repository"));
          for (const { inputs } of found) {
            assert.equal(inputs["imageTagMutability"], "IMMUTABLE");
            assert.equal(inputs["imageTagMutabilityExclusionFilters"], undefined);
          }
          assert.equal(found.length, 2);
        },
      },
    ],
  },
  {
    number: "12",
    was: "the path of an edit of a name with dots wasn't the one that Pulumi takes",
    files: {
      "service/shop.yaml": one("shop.cart", ""),
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [
      {
        run: "bump shop.cart v1.1.3 --stack testing --json",
        code: 0,
        shows: ['"path": "releases:versions[\\"shop.cart\\"]"'],
      },
    ],
  },
  {
    number: "14",
    was: "a chart version with a v was refused, though charts have them",
    files: {
      "service/shop.yaml": one(
        "cart",
        '  chart: { name: "oci://registry.shop.example/charts/cart", version: v1.17.1 }\n',
      ),
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [{ run: "lint", code: 0 }],
  },
  {
    number: "15",
    was: "versions of others had no way in, and nothing said which part was wrong",
    files: {
      "service/shop.yaml": text`
        - { github: pihole, docker: pihole, tags: { image: "{version}" }, deploy: { release: v2022.04.1 } }
        - { github: sonarr, docker: sonarr, tags: { image: "{version}" }, deploy: { release: v4.0.19.3001 } }
        - { github: radarr, docker: radarr, tags: { image: "{version}" }, deploy: { branch: main } }
      `,
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [
          /^service\/shop\.yaml:1:\d+ invalid-release .* no leading zero in "04": "v2022\.4\.1", or pin the image's own tag/,
          /^service\/shop\.yaml:2:\d+ invalid-release .* at most three numbers, and "4\.0\.19\.3001" has 4, or pin /,
        ],
      },
      {
        run: "bump pihole v2022.04.1 --stack testing",
        code: 2,
        errors: [/no leading zero in "04"/],
      },
      {
        run: `bump radarr 4.0.19.3001@${DIGEST} --stack testing`,
        code: 0,
        check: (_run, folder) => {
          const pins = { radarr: `4.0.19.3001@${DIGEST}` };
          assert.deepEqual(config(folder, "testing")["releases:versions"], pins);
        },
      },
    ],
  },
  {
    number: "16",
    was: "regions outside of the partition aws got its hosts, and replicas crossed partitions",
    files: {
      "service/shop.yaml": one("cart", ""),
      "infrastructure/network.yaml": TEMPLATES,
      "Pulumi.testing.yaml": stack(
        AWS,
        'releases:registry: { role: source, prefix: shop/, replicas: [{ account: "222222222222", region: cn-north-1 }] }\nreleases:templates: { bucket: shop-templates }\n',
      ),
      "Pulumi.cn.yaml": inRegion("cn-north-1"),
      "Pulumi.iso.yaml": inRegion("us-iso-east-1"),
      "Pulumi.eusc.yaml": inRegion("eusc-de-east-1"),
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [/^Pulumi\.testing\.yaml:\d+:\d+ replication-crosses-partition /],
      },
      {
        run: "plan cn --json",
        code: 0,
        check: templateIsAt("s3.cn-north-1.amazonaws.com.cn"),
      },
      { run: "plan iso --json", code: 0, check: templateIsAt("s3.us-iso-east-1.c2s.ic.gov") },
      { run: "plan eusc --json", code: 0, check: templateIsAt("s3.eusc-de-east-1.amazonaws.eu") },
    ],
  },
  {
    number: "17",
    was: "owners and addresses that GitHub refuses passed",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml": stack(
        RUNS,
        text`
          releases:github: { owner: "https://github.com/shop" }
          releases:webhook: { url: 'https://hooks.shop.example/"' }
          releases:webhookSecret: { secure: "v1:x" }
        `,
      ),
      ...Object.fromEntries(
        ["localhost/x", "127.0.0.1/x", "hooks", "10.0.0.8/x"].map((host, index) => [
          `Pulumi.hook-${index}.yaml`,
          stack(
            HEAD,
            `releases:github: { owner: shop }\nreleases:webhook: { url: "https://${host}" }\nreleases:webhookSecret: { secure: "v1:x" }\n`,
          ),
        ]),
      ),
      ...Object.fromEntries(
        ["shop/x", "shop corp", "-shop", "s".repeat(60)].map((owner, index) => [
          `Pulumi.owner-${index}.yaml`,
          stack(HEAD, `releases:github: { owner: "${owner}" }\n`),
        ]),
      ),
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [
          /^Pulumi\.testing\.yaml:5:29 invalid-github /,
          /^Pulumi\.testing\.yaml:6:28 invalid-webhook-url /,
          ...[0, 1, 2, 3].map(
            (index) => new RegExp(`^Pulumi\\.hook-${index}\\.yaml:4:28 invalid-webhook-url `),
          ),
          ...[0, 1, 2, 3].map(
            (index) => new RegExp(`^Pulumi\\.owner-${index}\\.yaml:3:29 invalid-github `),
          ),
        ],
      },
    ],
  },
  {
    number: "18",
    was: "names that S3, CloudFormation and AWS's tags refuse passed",
    files: {
      "infrastructure/network.yaml": TEMPLATES,
      ...Object.fromEntries(
        ["shop..templates", "192.168.1.10"].map((bucket, index) => [
          `Pulumi.s${index}.yaml`,
          stack(
            `${HEAD}  aws:region: eu-west-1\n  releases:account: "${index}11111111111"\n`,
            `releases:templates:\n  bucket: ${bucket}\n  parameters: { my-param: x }\n  tags: { "aws:team": x }\n`,
          ),
        ]),
      ),
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [0, 1].flatMap((index) => [
          new RegExp(`^Pulumi\\.s${index}\\.yaml:6:13 invalid-bucket `),
          new RegExp(`^Pulumi\\.s${index}\\.yaml:7:\\d+ invalid-parameter `),
          new RegExp(`^Pulumi\\.s${index}\\.yaml:8:\\d+ invalid-tag `),
        ]),
      },
    ],
  },
  {
    number: "19",
    was: "settings of Pulumi.yaml counted for Pulumi and not for lint",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.yaml": text`
        name: releases
        runtime: nodejs
        config:
          aws:region: eu-west-1
          pulumi:disable-default-providers: ["*"]
      `,
      "Pulumi.testing.yaml": text`
        config:
          releases:account: "111111111111"
          releases:cluster: { context: shop }
          releases:registry: { role: source, prefix: shop/ }
      `,
    },
    steps: [
      { run: "lint", code: 0, shows: ["0 errors, 0 warnings"] },
      { run: "plan testing", code: 0, shows: ["testing: 2 services"] },
    ],
  },
  {
    number: "20",
    was: "lint saw nothing of charts that Helm refuses, and plan told half of what Helm said",
    files: {
      "service/shop.yaml": text`
        - { github: a, docker: aa, deploy: { release: v1.0.0 }, chart: { name: ./charts/typo, version: 1.0.0 } }
        - { github: b, docker: bb, deploy: { release: v1.0.0 }, chart: { name: ./charts/own, version: 9.9.9 } }
        - { github: c, docker: cc, deploy: { release: v1.0.0 }, chart: { name: "oci://ghcr.io/Shop/Charts/C", version: 1.0.0 } }
        - { github: d, docker: dd, deploy: { release: v1.0.0 }, values: { replicas: 2, port: "8080" } }
        - { github: e, docker: registry.shop.example/shop/e, deploy: { release: v1.0.0 } }
      `,
      "charts/own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 1.0.0\n",
      "Pulumi.testing.yaml": RUNS,
    },
    steps: [
      {
        run: "lint",
        code: 1,
        errors: [
          /^service\/shop\.yaml:1:\d+ invalid-chart .*\.\/charts\/typo/,
          /^service\/shop\.yaml:2:\d+ invalid-chart-version .*1\.0\.0/,
          /^service\/shop\.yaml:3:\d+ invalid-chart /,
          /^service\/shop\.yaml:4:\d+ chart-refuses-values /,
          /^service\/shop\.yaml:5:\d+ invalid-docker /,
        ],
      },
    ],
  },
  {
    number: "24",
    was: "tags with a prefix weren't found, and the tag of a file ended every command",
    files: {
      "service/shop.yaml": TWO,
      "environments.yaml": text`
        environments:
          production: { accepts: [release], ref: "cart-v*" }
          other: { accepts: [release], ref: "v*" }
      `,
      "Pulumi.production.yaml": stack(RUNS, "releases:versions: { cart: v1.0.0 }\n"),
      "Pulumi.other.yaml": RUNS.replace("context: shop", "context: other"),
    },
    git: (folder) => {
      folder.commit("start");
      folder.shell("git tag cart-v1.2.0; git tag v1.0.0; git tag v9.0.0 HEAD:environments.yaml");
      folder.write("Pulumi.production.yaml", stack(RUNS, "releases:versions: { cart: v1.1.0 }\n"));
      folder.commit("next");
      folder.git("tag", "cart-v1.3.0");
      folder.write("Pulumi.production.yaml", stack(RUNS, "releases:versions: { cart: v2.0.0 }\n"));
      folder.commit("untagged");
    },
    steps: [
      {
        run: "status",
        code: 0,
        shows: [/cart +v1\.1\.0 +v1\.1\.2/, "production cart: v1.1.0 -> v2.0.0"],
        errors: [
          "other: tags that match v* and aren't versions of commits are passed over: v9.0.0",
        ],
      },
      { run: "history cart", code: 0, shows: [/production +cart +v1\.0\.0 +v1\.1\.0 /] },
    ],
  },
  {
    number: "25",
    was: "an author's name commanded the terminal",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.testing.yaml": stack(RUNS, "releases:versions: { cart: v1.1.2 }\n"),
    },
    git: (folder) => {
      folder.git("add", "--all");
      const author = "\u001b[31mred <red@shop.example>";
      folder.git("commit", "--quiet", "--message", "start", "--author", author);
    },
    steps: [
      {
        run: "history cart",
        code: 0,
        shows: [/red/],
        check: ({ stdout }) => assert.doesNotMatch(stdout, /\u001b/),
      },
    ],
  },
];
