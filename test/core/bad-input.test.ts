import assert from "node:assert/strict";
import { RepositoryFiles } from "../../src/adapters/disk/repository-files";
import { lintService } from "../../src/app/publish/service-lint";
import { isError } from "../../src/core/error";
import { formatIssue, type Issue } from "../../src/core/input/issue";
import { ISSUE_CODES } from "../../src/core/input/issue-codes";
import { stackOf } from "../../src/core/stack/config";
import { editStackConfig } from "../../src/core/stack/config-editor";
import { issuesOf, PROGRAM_ROOT, withRepository, type Files } from "../support/repository";
import { TestServiceFolder } from "../support/service-folder";
import { text } from "../support/text";
import { BAD_INPUT, type BadInput, type Finding } from "./bad-input";
import { digestOf } from "../support/model";

function format({ code, at, says, severity }: Finding): string {
  return `${at} ${code} ${severity === "warning" ? "warning: " : ""}${says}`;
}

/** Returns the findings of an example. */
function findingsOf({ files, bump, service }: BadInput): readonly Issue[] {
  const all = typeof files === "function" ? files() : files;
  if (bump !== undefined) return issuesOfBump(all, bump);
  if (service === undefined) return issuesOf(all);
  return withRepository(all, (root) => {
    const world = { files: new RepositoryFiles(root, PROGRAM_ROOT) };
    return lintService(world, new TestServiceFolder(service)).issues;
  });
}

/** Returns the findings of an edit of the first stack config. */
function issuesOfBump(
  files: Files,
  { name, version }: NonNullable<BadInput["bump"]>,
): readonly Issue[] {
  const [file, text] = Object.entries(files).find(([file]) => stackOf(file) !== undefined) ?? [];
  assert.ok(file !== undefined && typeof text === "string");
  try {
    editStackConfig({ file, text }, [{ key: "versions", name, value: version }]);
    return [];
  } catch (cause) {
    assert.ok(isError(cause, "findings"));
    return cause.issues;
  }
}

describe("checkRepository on bad input", () => {
  for (const input of BAD_INPUT) {
    const { code, shows, also = [] } = input;
    it(`finds ${code}${shows === undefined ? "" : `: ${shows}`}`, () => {
      const found = findingsOf(input);
      assert.deepEqual(found.map(formatIssue).sort(), [input, ...also].map(format).sort());
    });
  }

  it("has an example of every code, and of no other", () => {
    const shown = new Set(BAD_INPUT.map(({ code }) => code));
    assert.deepEqual([...shown].sort(), Object.keys(ISSUE_CODES).sort());
  });

  it("says what each of several examples of a code shows", () => {
    const codes = BAD_INPUT.map(({ code }) => code);
    const unsaid = BAD_INPUT.filter(
      ({ code, shows }) => shows === undefined && codes.indexOf(code) !== codes.lastIndexOf(code),
    );
    assert.deepEqual(unsaid, []);
  });

  it("points into a file that is there, at a line that is there", () => {
    for (const { code, files, service, at, also = [] } of BAD_INPUT) {
      const all = { ...(typeof files === "function" ? files() : files), ...service };
      for (const place of [at, ...also.map((finding) => finding.at)]) {
        const [, file = "", line = "", column = ""] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
        // What is missing has no place.
        const mayBeMissing = ["no-publication", "release-workflow", "trust-root"].includes(code);
        const isMissing = code === "no-list" || (mayBeMissing && !(file in all));
        if (isMissing || file === "") continue;
        const found = Object.entries(all).find(([name]) => name === file || name.startsWith(file));
        assert.ok(found, `${code}: no ${file}`);
        if (typeof found[1] !== "string") continue;
        const row = found[1].split("\n")[Number(line) - 1];
        assert.ok(row !== undefined && Number(column) <= row.length + 1, `${code}: ${place}`);
      }
    }
  });
});

describe("checkRepository", () => {
  it("reports what is wrong in all files at once, in the order of files, lines and columns", () => {
    const found = issuesOf({
      "service/shop.yaml": text`
        - github: orders
          docker: Orders
          deploy: { release: 1.10 }
          colour: blue
        - github: catalog
          docker: catalog
          deploy: {}
      `,
      "service/store.yaml": "[]\n",
      "service/nothing.yml": "",
      "infrastructure/network.yaml": "\tgithub: network\n",
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], soak: 1h }
      `,
      "Pulumi.testing.yaml": text`
        config:
          releases:cluster: { context: acme-testing }
          releases:registry: { role: external, host: ghcr.io/acme }
          releases:versions: { orders: v1.2.0, catalog: v2.3.4 }
          releases:account: "1"
          github:token: ghp_0123456789
      `,
      "Pulumi.staging.yaml": "",
    });
    assert.deepEqual(
      found.map(({ file, line, column, code }: Issue) => `${file}:${line}:${column} ${code}`),
      [
        "Pulumi.staging.yaml:1:1 empty-file",
        "Pulumi.testing.yaml:1:1 default-providers",
        "Pulumi.testing.yaml:5:21 invalid-account",
        "Pulumi.testing.yaml:6:17 plain-secret",
        "environments.yaml:2:40 soak-without-from",
        "infrastructure/network.yaml:1:1 tab-indent",
        "service/nothing.yml:1:1 ignored-file",
        "service/shop.yaml:2:11 invalid-docker",
        "service/shop.yaml:3:22 invalid-type",
        "service/shop.yaml:4:3 unknown-key",
        "service/shop.yaml:7:3 missing-strategy",
        "service/store.yaml:1:1 empty-list",
      ],
    );
  });

  it("finds nothing wrong in a file with Windows line ends", () => {
    const list = text`
      - github: orders
        docker: orders
        deploy:
          release: v1.2.0
    `;
    assert.deepEqual(issuesOf({ "service/shop.yaml": list.replaceAll("\n", "\r\n") }), []);
  });

  it("points at the same place with Windows line ends", () => {
    const list = text`
      - github: orders
        docker: orders
        deploy:
          release: 1.10
    `;
    assert.deepEqual(
      issuesOf({ "service/shop.yaml": list.replaceAll("\n", "\r\n") }),
      issuesOf({ "service/shop.yaml": list }),
    );
    assert.equal(issuesOf({ "service/shop.yaml": list }).length, 1);
  });

  it("finds nothing wrong in plain Kayron definitions", () => {
    const found = issuesOf({
      "service/service.yaml": text`
        - docker: "library/alloy"
          github: "alloy"
          deploy:
            release: "v1.12.2-ce60d74"

        - docker: "kayron"
          github: "kayron"
          deploy:
            release: "v0.5.3"
            preview: true
      `,
      "infrastructure/infrastructure.yaml": text`
        - github: "infrastructure"
          provider: "cloudformation"
          deploy:
            release: "v0.5.8"
      `,
    });
    assert.deepEqual(found, []);
  });

  it("finds no error in a list and a stack config that use every key", () => {
    assert.deepEqual(
      issuesOf(EVERY_KEY).map(({ file, line, code }) => `${file}:${line} ${code}`),
      [],
    );
  });

  it("looks at the rest of what has a finding", () => {
    const found = issuesOf({
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          aliases: [Orders, catalog, CATALOG]
          requires: { catalog: newest, payments: "*" }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4, branch: main }
          colour: blue
      `,
    });
    assert.deepEqual(
      found.map(({ line, column, code }) => `${line}:${column} ${code}`),
      [
        "4:13 invalid-docker",
        "4:30 invalid-docker",
        "5:24 invalid-range",
        "5:32 unknown-requirement",
        "7:3 shared-image-repository",
        "8:3 several-strategies",
        "9:3 unknown-key",
      ],
    );
  });

  it("calls no service unknown that may stand in a file which can't be read", () => {
    const found = issuesOf({
      "service/broken.yaml": "- github: catalog\n  docker: [\n",
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          requires: { catalog: "*" }
      `,
      "Pulumi.testing.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          releases:cluster: { context: acme-testing }
          releases:registry: { role: external, host: ghcr.io/acme }
          releases:versions: { catalog: v2.3.4 }
      `,
    });
    assert.deepEqual([...new Set(found.map(({ file }) => file))], ["service/broken.yaml"]);
  });
});

const DIGEST = digestOf("0");

const EVERY_KEY = {
  "service/shop.yaml": text`
    - name: shop/orders
      github: Orders_2.0
      docker: shop/orders
      deploy: { release: v1.2.0, preview: true }
      environments: [testing, production]
      chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.4.0, digest: "${DIGEST}" }
      namespace: shop
      values: { replicaCount: 2, ports: [80, 443], debug: false, nothing: null }
      imageValues: { repository: app.image, tag: app.tag, digest: app.digest }
      timeoutSeconds: 600
      tags: { github: "orders-{version}", image: "{version}" }
      aliases: [shop/orders-2]
      assets: [orders.tar.gz]
      requires: { catalog: ">=2.3" }
      team: shop
    - github: catalog
      docker: catalog
      deploy: { range: ^2.3 }
    - github: search
      docker: search
      deploy: { branch: main }
    - github: mailer
      docker: mailer
      deploy: { suspend: true }
      chart: { name: mailer, version: 1.4.0, repository: "https://charts.acme.example" }
  `,
  "infrastructure/network.yaml": text`
    - github: network
      provider: cloudformation
      deploy: { release: v0.5.8 }
      template: network/index.yaml
  `,
  "environments.yaml": text`
    environments:
      testing:
        ref: testing
        accepts: [release, prerelease, range, branch, commit]
        minimumAge: 3d
      production:
        ref: v*
        from: testing
        accepts: [release, commit, preview]
        soak: 24h
        digest: required
        verify: { mode: off, services: { catalog: { mode: off, identities: [{ key: trust/catalog.pub }] } } }
        freeze:
          - { from: 2026-12-19, until: 2027-01-04T08:00:00+01:00, reason: year end }
  `,
  "Pulumi.production.yaml": text`
    encryptionsalt: v1:...
    config:
      aws:region: eu-west-1
      pulumi:disable-default-providers: ["*"]
      github:token: { secure: "v1:..." }
      releases:environment: production
      releases:account: "012345678901"
      releases:cluster: { context: acme, identifier: acme }
      releases:github: { owner: acme }
      releases:registry:
        role: source
        prefix: releases/
        mutableTags: [latest, "*-daily"]
        replicas:
          - { account: "222222222222", region: eu-west-1 }
          - { account: "012345678901", region: us-east-1 }
      releases:webhook: { url: "https://hooks.acme.example/a?b=c", scope: organization }
      releases:webhookSecret: { secure: "v1:..." }
      releases:versions:
        shop/orders: v1.2.0@${DIGEST}
        catalog: v2.3.4@${DIGEST}
        search: ${"c0ffee00".repeat(5)}@${DIGEST}
        mailer: v0.8.3@${DIGEST}
      releases:charts:
        shop/orders: 1.5.0@${DIGEST}
        mailer: 1.5.0@${DIGEST}
      releases:holds:
        catalog: { reason: v2.3.5 is slow, until: "2026-12-01" }
      releases:templates:
        bucket: acme-templates
        parameters: { Environment: production, Password: { secure: "v1:..." } }
        tags: { team: shop }
        versions: all
      releases:previews:
        domain: preview.acme.example
        max: 5
        maxPerService: 2
        ttl: 48h
        allow: [forks, bots]
        values: { shop/orders: { ingress: { host: "{host}" } } }
        open:
          - service: shop/orders
            pullRequest: 12
            branch: feature-x
            commit: ${"c0ffee00".repeat(5)}
            digest: ${DIGEST}
            until: "2026-12-03T09:00:00Z"
      releases:select: { names: [shop/orders, catalog, search, mailer, network] }
  `,
};
