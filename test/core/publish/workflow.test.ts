import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { readTemplates } from "../../../src/adapters/disk/templates";
import { findTool } from "../../../src/adapters/find-tool";
import { PROGRAM } from "../../../src/app/open";
import type { Publications, PublishedService } from "../../../src/core/publish/publication";
import { generatedServiceFiles } from "../../../src/core/publish/service-files";
import { branchFilters, tagFilters, WORKFLOW_FILE } from "../../../src/core/publish/workflow";
import { folderOf } from "../../support/folder";
import { WORKFLOWS, type Workflow } from "../../support/workflows";

const HOME = process.env["HOME"] ?? "";
const TOOLS = [path.join(HOME, "go/bin"), path.join(HOME, ".cache/releases-ci/python/bin")];

const templates = readTemplates(PROGRAM);
const tool = { version: "0.1.0", source: "0.1.0", pulumi: "3.1.0", node: ">=22" };

const SERVICE: PublishedService = {
  name: "orders",
  images: ["ghcr.io/acme/orders"],
  branches: new Map([["main", "main"]]),
  releases: "acme/orders",
  tags: { github: "v{version}", image: "v{version}" },
  assets: ["checksums.txt"],
};

function chart(host: string): NonNullable<PublishedService["chart"]> {
  const imageValues = { repository: "image.repository", tag: "image.tag" };
  const repository = `oci://${host}/charts/orders`;
  return { repository, name: "orders", folder: "charts/orders", imageValues };
}

function onPages(pages: string): NonNullable<PublishedService["chart"]> {
  const repository = `https://acme.github.io/${pages.replace("acme/", "")}`;
  return { ...chart(""), repository, pages };
}

const ECR = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";

/** Repositories of services, each with other needs. */
const KINDS: Readonly<Record<string, readonly PublishedService[]>> = {
  "an image and a chart on ghcr.io": [{ ...SERVICE, chart: chart("ghcr.io/acme") }],
  "images in ECR, two services with charts": [
    { ...SERVICE, images: [`${ECR}/orders`, `${ECR}/orders-1`], chart: chart(ECR) },
    { ...SERVICE, name: "api/v2", images: [`${ECR}/api`], chart: chart("ghcr.io/acme/api") },
  ],
  "files, whose releases are elsewhere, and payloads on Docker Hub": [
    { ...SERVICE, name: "km", images: [], branches: new Map(), releases: "acme/km-releases" },
    withoutReleases({ ...SERVICE, images: ["docker.io/acme/runenv-python"] }),
  ],
  "a chart on the page of another repository": [
    { ...SERVICE, images: [`${ECR}/orders`], chart: onPages("acme/charts") },
  ],
  "a chart on its own page": [{ ...SERVICE, chart: onPages("acme/orders") }],
  "a payload alone": [withoutReleases({ ...SERVICE, images: ["docker.io/acme/runenv-python"] })],
  "files alone": [{ ...SERVICE, images: [], branches: new Map() }],
};

function withoutReleases({ releases: _, ...service }: PublishedService): PublishedService {
  return service;
}

function workflowOf(services: readonly PublishedService[]): string {
  const publications: Publications = { source: "acme/orders", mutableTags: ["main"], services };
  const files = generatedServiceFiles(publications, { tool, templates, trustRoot: undefined });
  return files.get(WORKFLOW_FILE) ?? "";
}

const AWS = /^aws-actions\/configure-aws-credentials@/;

/** Returns the actions that a workflow uses, each with its commit and its version. */
function actionsIn(workflow: string): [name: string, at: string][] {
  return [...workflow.matchAll(/uses: ([^@\s]+)@(.+)$/gm)].map(([, name = "", at = ""]) => [
    name,
    at,
  ]);
}

describe("the release workflow of a service", () => {
  for (const [kind, services] of Object.entries(KINDS)) {
    describe(`of ${kind}`, () => {
      const text = workflowOf(services);
      const workflow = parse(text) as Workflow;

      it("has nothing of the template left", () => {
        assert.doesNotMatch(text, /# for:|\{\{\w|\w\}\}/);
      });

      it("gives no job more than it asks for, each an end, and the build no credential", () => {
        assert.deepEqual(workflow.permissions, {});
        for (const [name, job] of Object.entries(workflow.jobs)) {
          assert.ok(job.permissions, `${name} says no permissions`);
          assert.ok(job["timeout-minutes"], `${name} has no end`);
        }
        const { build } = workflow.jobs;
        assert.deepEqual(build?.permissions, { contents: "read" });
        assert.doesNotMatch(JSON.stringify(build), /secrets\.|vars\.|github\.token/);
      });

      it("pins actions by their commits, keeps no credential in a clone, and no text in a script", () => {
        for (const { uses, run = "", with: given } of Object.values(workflow.jobs).flatMap(
          ({ steps }) => steps,
        )) {
          assert.doesNotMatch(run, /\$\{\{/);
          if (uses === undefined) continue;
          assert.match(uses, /@[0-9a-f]{40}$/);
          if (uses.startsWith("actions/checkout@")) {
            assert.equal(given?.["persist-credentials"], false);
          }
        }
      });
    });
  }

  it("logs in, and has rights, where the images, charts and releases are, and nowhere else", () => {
    const summary = Object.entries(KINDS).map(([kind, services]) => {
      const { jobs } = parse(workflowOf(services)) as Workflow;
      const { permissions, environment = "no environment", steps = [] } = jobs["publish"] ?? {};
      const done = steps.flatMap(
        ({ name = "", uses = "" }) => name || (AWS.test(uses) ? "AWS" : []),
      );
      const rights = Object.entries(permissions ?? {}).map((right) => right.join(": "));
      return [kind, [...rights, environment, ...done.filter((step) => step !== "Install")]];
    });
    const [read, write, id] = ["contents: read", "contents: write", "id-token: write"];
    const [here, guarded] = ["no environment", "release"];
    const [hub, token] = ["Log in to docker.io", "Token for km-releases"];
    const own = [write, id, "packages: write", here];
    assert.deepEqual(summary, [
      [
        "an image and a chart on ghcr.io",
        [
          ...[...own, "Log in to ghcr.io", "Publish"],
          ...["Package the chart of orders", "Package the chart of orders alone"],
        ],
      ],
      [
        "images in ECR, two services with charts",
        [
          ...[...own, "AWS", "Log in to ECR", "Log in to ghcr.io", "Publish"],
          ...["Package the chart of orders", "Package the chart of api/v2"],
          ...["Package the chart of orders alone", "Package the chart of api/v2 alone"],
        ],
      ],
      [
        "files, whose releases are elsewhere, and payloads on Docker Hub",
        [read, id, guarded, hub, token, "Publish"],
      ],
      [
        "a chart on the page of another repository",
        [
          ...[read, id, guarded, "AWS", "Log in to ECR", "Token for charts,orders", "Publish"],
          ...["Package the chart of orders", "Package the chart of orders alone"],
        ],
      ],
      [
        "a chart on its own page",
        [
          ...[...own, "Log in to ghcr.io", "Publish"],
          ...["Package the chart of orders", "Package the chart of orders alone"],
        ],
      ],
      ["a payload alone", [read, id, guarded, hub, "Publish"]],
      ["files alone", [write, id, here, "Publish"]],
    ]);
  });

  it("starts for versions as the services spell them, for what they follow, and for release branches", () => {
    const filters = (...services: PublishedService[]) => {
      const all = { source: "acme/orders", mutableTags: [], services };
      return [tagFilters(all), branchFilters(all)];
    };
    const spelled = (github: string) => ({ ...SERVICE, tags: { github, image: "{version}" } });
    assert.deepEqual(filters(SERVICE, spelled("v{version}")), [["v*"], ["main", "releases/*/*"]]);
    assert.deepEqual(filters(spelled("api-v{version}"), spelled("{version}-x")), [
      ["[0-9]*-x", "api-v*"],
      ["main", "releases/*/*"],
    ]);
    assert.deepEqual(
      filters(withoutReleases({ ...SERVICE, branches: new Map([["c++!", "latest"]]) })),
      [[], ["c\\+\\+\\!"]],
    );
  });

  it("uses the same actions as the workflows of this program", () => {
    const ours = fs
      .readdirSync(WORKFLOWS)
      .flatMap((file) => actionsIn(fs.readFileSync(path.join(WORKFLOWS, file), "utf8")));
    const names = new Set(ours.map(([name]) => name));
    const used = Object.values(KINDS).flatMap((kind) => actionsIn(workflowOf(kind)));
    const shared = used.filter(([name]) => names.has(name));
    assert.ok(shared.length > 0);
    for (const action of shared) assert.ok(ours.some((one) => isDeepStrictEqual(one, action)));
  });

  for (const [name, args] of [
    ["actionlint", []],
    ["zizmor", ["--offline", "--quiet", "--persona", "auditor"]],
  ] as const) {
    it(`is clean under ${name}`, function () {
      const found = findTool(name, TOOLS);
      if (found === undefined) this.skip();
      const texts = Object.values(KINDS).map((kind, index) => [`${index}.yml`, workflowOf(kind)]);
      const folder = folderOf(Object.fromEntries(texts) as Record<string, string>);
      const files = texts.map(([file = ""]) => path.join(folder, file));
      const { status, stdout, stderr } = spawnSync(found, [...args, ...files], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout + stderr);
    });
  }
});
