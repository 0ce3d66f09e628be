import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { continuousDelivery, E2E, exampleFiles, gomenhashai, PRD } from "./support/companies";
import { threeRegions, type CompanyFiles } from "./support/companies";
import { folderOf, writeFiles } from "./support/folder";
import { GitFolder } from "./support/git";
import { hasPulumi, install, INSTALLED, PACKAGE, PackedCompany, runIn } from "./support/packed";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "./support/registry";

/** A company whose repository `init` writes, before its own data comes in. */
interface Company {
  /** The options of `init`. */
  readonly options: string;
  /** Whether digests are required, which registries are asked for. */
  readonly digests?: boolean;
  /** @param digest of the images that run */
  readonly files: (digest: string) => CompanyFiles;
  readonly linted: string;
  readonly service: string;
  /** The images that builds push: tags by the repository of each host. */
  readonly images?: Readonly<Record<string, readonly string[]>>;
  /** The new version: `bump`'s arguments, then `promote`'s environments in their order. */
  readonly moves: readonly (readonly [bump: string, ...to: string[]])[];
  /** What runs by stack at the end of the path, and after the rollback. */
  readonly runs: Readonly<Record<string, string>>;
  readonly back: Readonly<Record<string, string>>;
  /** Of `rollback`. */
  readonly at: string;
}

const ecr = (account: string): string => `${account}.dkr.ecr.eu-west-2.amazonaws.com`;

const COMPANIES: Readonly<Record<string, Company>> = {
  "KM: releases of files, and no cluster": {
    options:
      "--owner acme --registry docker.io/acme --no-clusters --environments daily,test,beta,demo --services runtime",
    files: () => exampleFiles("files"),
    linted: "2 definitions, 4 stack configs",
    service: "runtime",
    moves: [["v0.11-daily --stack daily"], ["v0.11-beta --stack test", "beta", "demo"]],
    runs: { daily: "v0.11-daily", test: "v0.11-beta", beta: "v0.11-beta", demo: "v0.11-beta" },
    at: "--stack demo",
    back: { demo: "v0.10-beta" },
  },
  "Continuous Delivery: a registry that staging and production share": {
    options: `--owner acme --registry ecr --accounts ${E2E},${PRD},${PRD} --region eu-west-2 --environments e2e,staging,production --services inventory`,
    digests: true,
    files: continuousDelivery,
    linted: "1 definition, 3 stack configs",
    service: "inventory",
    images: {
      [`${ecr(E2E)}/inventory`]: ["v1.1.2-rc.1", "v1.1.3-rc.2"],
      [`${ecr(PRD)}/shop/inventory`]: ["v1.1.2", "v1.1.3"],
    },
    moves: [["v1.1.3-rc.2 --stack e2e", "staging", "production"]],
    runs: { e2e: "v1.1.3-rc.2", staging: "v1.1.3", production: "v1.1.3" },
    at: "--stack production",
    back: { production: "v1.1.2" },
  },
  "GomenHashai: an image and a chart that move apart": {
    options:
      "--owner marcantoineraymond --registry ghcr.io/marcantoineraymond --environments testing,production --services gomenhashai",
    digests: true,
    files: gomenhashai,
    linted: "1 definition, 2 stack configs",
    service: "gomenhashai",
    images: { "ghcr.io/marcantoineraymond/gomenhashai": ["v1.0.0", "v1.1.0"] },
    moves: [
      ["1.1.0 --chart --stack testing", "production"],
      ["v1.1.0 --stack testing", "production"],
    ],
    runs: { testing: "v1.1.0", production: "v1.1.0" },
    at: "--stack production",
    back: { production: "v1.0.0" },
  },
  "three regions with a canary": {
    options:
      "--owner acme --registry ghcr.io/acme --environments testing,staging,production-eu,production --services catalog,orders",
    files: threeRegions,
    linted: "2 definitions, 5 stack configs",
    service: "orders",
    moves: [["v1.1.0 --stack testing", "staging", "production-eu", "production"]],
    runs: Object.fromEntries(
      ["testing", "staging", "production-eu", "production-ap", "production-us"].map((stack) => [
        stack,
        "v1.1.0",
      ]),
    ),
    at: "--environment production",
    back: { "production-ap": "v1.0.0", "production-us": "v1.0.0" },
  },
};

/** The data that `init` wrote, which a company's own takes the place of. */
const DATA = /^(?:service|infrastructure|environments\.yaml|Pulumi\..+\.yaml)$/;

describe("the five companies, with the package", function () {
  this.timeout(300_000);
  const tarball = PACKAGE;
  if (tarball === undefined) {
    it("are skipped: PACKAGE names no tarball, as npm pack makes one", function () {
      this.skip();
    });
    return;
  }

  const tool = folderOf({});
  before(() => install(tool, tarball));

  /** Writes a company's repository from elsewhere, and installs what it names. */
  function begin(company: PackedCompany, options: readonly string[]): void {
    const command = [`${INSTALLED}/src/cli/releases.js`, "init", company.folder, "--yes"];
    company.timed("init", () => runIn(tool, process.execPath, [...command, ...options]));
    company.timed("install", () => install(company.folder, tarball ?? ""));
  }

  for (const [name, about] of Object.entries(COMPANIES)) {
    const { digests = false } = about;
    it(`${name}: from a bump to the end of the path and back`, async function () {
      if (digests && missingRegistryTool !== undefined) this.skip();
      const registry = digests ? await Registry.start() : undefined;
      try {
        const [digest, environment] = registry === undefined ? ["", {}] : push(registry, about);
        const company = new PackedCompany({ ...environment, GITHUB_TOKEN: "", GH_TOKEN: "" });
        begin(company, about.options.split(" "));
        for (const entry of fs.readdirSync(company.folder).filter((entry) => DATA.test(entry))) {
          fs.rmSync(path.join(company.folder, entry), { recursive: true });
        }
        writeFiles(company.folder, about.files(digest));
        company.own();
        walk(company, about);
        await company.preview(Object.keys(about.runs)[0] ?? "");
        console.log(`      ${company.times.join(", ")}`);
      } finally {
        await registry?.stop();
      }
    });
  }

  /** Pushes a company's images, and returns the digest of the first ones, and how hosts are found. */
  function push(
    registry: Registry,
    { images = {} }: Company,
  ): readonly [string, NodeJS.ProcessEnv] {
    const hosts: Record<string, object> = {};
    let first = "";
    for (const [image, tags] of Object.entries(images)) {
      const [host = "", ...repository] = image.split("/");
      hosts[host] = { tls: "disabled", hostname: registry.host };
      // A candidate and its release are one image.
      for (const [at, tag] of tags.entries()) {
        const digest = registry.push(repository.join("/"), tag, `build ${at}`);
        if (at === 0) first = digest;
      }
    }
    const auths = Object.fromEntries(Object.keys(hosts).map((host) => [host, {}]));
    const config = folderOf({
      "regctl.json": JSON.stringify({ hosts }),
      "config.json": JSON.stringify({ auths }),
    });
    const REGCTL_CONFIG = path.join(config, "regctl.json");
    return [first, { PATH: PATH_WITH_REGCTL, REGCTL_CONFIG, DOCKER_CONFIG: config }];
  }

  function walk(company: PackedCompany, about: Company): void {
    const { service, digests = false } = about;
    let daysAgo = 10;
    const commit = (message: string): void => {
      company.commit(message, daysAgo);
      daysAgo -= 1.5;
    };
    company.git("init", "--quiet", "--initial-branch=main");
    commit("begin");
    const clean = `${about.linted}: 0 errors, 0 warnings\n`;
    assert.equal(company.releases("lint"), clean);
    const start = company.timed("plan", () => company.runs(service));
    for (const [bump, ...to] of about.moves) {
      company.timed("bump", () => company.releases("bump", service, ...bump.split(" ")));
      commit(`bump ${bump}`);
      for (const environment of to) {
        const offline = digests ? [] : ["--offline"];
        company.timed(`to ${environment}`, () =>
          company.releases("promote", service, "--to", environment, ...offline),
        );
        commit(`promote to ${environment}`);
      }
    }
    assert.deepEqual(company.runs(service), about.runs);
    const reason = ["--reason", "it failed"];
    company.timed("rollback", () =>
      company.releases("rollback", service, ...about.at.split(" "), ...reason),
    );
    commit("rollback");
    assert.deepEqual(company.runs(service), { ...about.runs, ...about.back });
    for (const stack of Object.keys(about.back)) assert.equal(about.back[stack], start[stack]);
    assert.equal(company.releases("lint"), clean);
  }

  it("Splits, imported from Kayron: by a merge, then a tag, and back", async () => {
    const files = exampleFiles("ecs");
    const list = Object.entries(files).filter(([file]) => /^(?:service|infra)/.test(file));
    const kayron = new GitFolder(Object.fromEntries(list));
    const at = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
    kayron.commit("list", { at: at(9) });
    kayron.git("branch", "testing");
    kayron.tag("v0.1.0", { at: at(9) });

    const company = new PackedCompany();
    const accounts = "111111111111,222222222222,333333333333";
    begin(company, [
      ...["--from-kayron", kayron.path, "--owner", "acme"],
      ...["--accounts", accounts, "--region", "us-west-2"],
    ]);
    company.own();
    for (const [file, text] of list) {
      assert.equal(fs.readFileSync(path.join(company.folder, file), "utf8"), text);
    }
    const { git, gitAgo } = {
      git: (args: string) => company.git(...args.split(" ")),
      gitAgo: (days: number, args: string) => company.gitAgo(days, ...args.split(" ")),
    };
    git("init --quiet --initial-branch=main");
    company.commit("import", 8);
    git("branch testing");
    git("tag v0.1.0");
    const clean = "4 definitions, 3 stack configs: 0 errors, 0 warnings\n";
    assert.equal(company.releases("lint"), clean);
    const all = (version: string): object => ({
      testing: version,
      staging: version,
      production: version,
    });
    assert.deepEqual(
      company.timed("plan", () => company.runs("specta")),
      all("v0.3.1"),
    );

    git("checkout --quiet testing");
    company.timed("bump", () => company.releases("bump", "specta", "v0.3.2"));
    company.commit("testing: specta v0.3.2", 6);
    git("checkout --quiet main");
    const promote = (to: string): string =>
      company.timed(`to ${to}`, () =>
        company.releases("promote", "specta", "--to", to, "--offline"),
      );
    assert.match(promote("staging"), /testing into main/);
    gitAgo(4, "merge --quiet --no-ff --message staging testing");
    assert.match(promote("production"), /v0\.1\.1|v0\.2\.0/);
    gitAgo(2, "tag v0.1.1");
    assert.deepEqual(company.runs("specta"), all("v0.3.2"));
    const back = ["specta", "--stack", "production", "--reason", "slow"];
    company.timed("rollback", () => company.releases("rollback", ...back));
    assert.deepEqual(company.runs("specta"), { ...all("v0.3.2"), production: "v0.3.1" });
    assert.equal(company.releases("lint"), clean);
    if (hasPulumi) await company.preview("testing");
    console.log(`      ${company.times.join(", ")}`);
  });
});
