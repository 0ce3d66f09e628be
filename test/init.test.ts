import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { releases } from "./support/cli";
import { Company } from "./support/company";
import { folderOf } from "./support/folder";
import { digestOf } from "./support/model";

/** Returns what `init` writes, by path. */
async function written(...options: readonly string[]): Promise<Record<string, string>> {
  const folder = folderOf({});
  const { code, stderr } = await releases(folder, "init", "acme", ...options, "--yes");
  assert.equal(code, 0, stderr);
  const root = path.join(folder, "acme");
  const names = fs.readdirSync(root, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => fs.statSync(path.join(root, name)).isFile());
  return Object.fromEntries(
    files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]),
  );
}

const ACCOUNTS = ["111111111111", "222222222222", "333333333333"];

/** Companies, and how many Helm releases and image repositories a stack of theirs has. */
const COMPANIES: Readonly<
  Record<string, { options: string; path: string[]; images: string; helm: number; ecr: number[] }>
> = {
  "three environments in AWS with clusters": {
    options: `--owner acme --registry ecr --accounts ${ACCOUNTS.join()}`,
    path: ["testing", "staging", "production"],
    images: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases",
    helm: 2,
    ecr: [2, 2, 2],
  },
  "three environments of which two share an account": {
    options: "--owner acme --registry ecr --accounts 111111111111,222222222222,222222222222",
    path: ["testing", "staging", "production"],
    images: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases",
    helm: 2,
    ecr: [2, 2, 0],
  },
  "three environments without clusters, with images elsewhere": {
    options: "--owner acme --registry docker.io/acme --no-clusters",
    path: ["testing", "staging", "production"],
    images: "docker.io/acme",
    helm: 0,
    ecr: [0, 0, 0],
  },
  "two environments with images on GitHub": {
    options: "--owner acme --registry ghcr.io/acme --environments demo,live",
    path: ["demo", "live"],
    images: "ghcr.io/acme",
    helm: 2,
    ecr: [0, 0, 0],
  },
};

describe("a repository that init wrote", function () {
  this.timeout(120_000);

  for (const [name, { options, path, images, helm, ecr }] of Object.entries(COMPANIES)) {
    it(`is sound, and goes from a bump to production and back: ${name}`, async () => {
      const company = new Company(await written(...options.split(" ")));
      assert.deepEqual(company.lint(), []);
      const plans = await company.plan();
      assert.deepEqual([...plans.keys()], path);
      for (const [at, { resources }] of [...plans.values()].entries()) {
        const count = (of: string) => resources.filter(({ type }) => type === of).length;
        assert.equal(count("kubernetes:helm.sh/v3:Release"), helm);
        assert.equal(count("aws:ecr/repository:Repository"), ecr[at]);
      }

      const [first = "", ...others] = path;
      for (const of of ecr[0] === 0 ? [images] : ACCOUNTS) {
        const host = images.replace(/^\d+/, of);
        company.push(`${host}/api:v0.1.0`, digestOf("a"));
        company.push(`${host}/api:v0.2.0`, digestOf("b"));
      }
      await company.bump("api", "v0.2.0", first);
      for (const to of others) {
        const isLast = to === path.at(-1);
        if (isLast) assert.match((await company.refused(to, "api")).join(), /soak/);
        if (isLast) company.wait(30);
        await company.promote(to, "api");
      }
      const by = helm === 0 ? "" : " by 1.1.0";
      const runs = (version: string) =>
        Object.fromEntries(path.map((at) => [at, `${version}${by}`]));
      assert.deepEqual(company.runs("api"), runs("v0.2.0"));
      const last = path.at(-1) ?? "";
      await company.rollback("api", last, "double bill");
      assert.deepEqual(company.runs("api"), { ...runs("v0.2.0"), [last]: `v0.1.0${by}` });
      assert.deepEqual(company.lint(), []);
    });
  }
});
