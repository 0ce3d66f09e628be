import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findTool } from "../../../src/adapters/find-tool";
import { folderOf } from "../../support/folder";
import { missingRegistryTool, Registry } from "../../support/registry";
import { RegistryFront } from "../../support/registry-front";

const TOOLS = path.join(
  process.env["XDG_CACHE_HOME"] ?? path.join(process.env["HOME"] ?? "", ".cache"),
  "releases-ci",
);
/** OCI's own test of registries, which `.ci/run --deep` installs. */
const conformance = findTool("oci-conformance", [TOOLS]);

/** The groups that the front answers for. Debian's registry fails others, of them its list of tags. */
const OURS =
  /\/(?:artifacts-with-subject|index-with-subject|missing-subject|referrers)\b(?!.*tag-list)/;

describe("RegistryFront, by OCI's conformance test", function () {
  const missing = conformance === undefined ? "oci-conformance" : missingRegistryTool;
  if (missing !== undefined) {
    it(`is skipped: there is no ${missing} in PATH`, function () {
      this.skip();
    });
    return;
  }

  it("lists referrers, and says what a manifest that is pushed refers to", async () => {
    const registry = await Registry.start();
    const front = await RegistryFront.start(registry.host);
    const results = folderOf({});
    try {
      const env = {
        ...process.env,
        OCI_REGISTRY: front.host,
        OCI_TLS: "disabled",
        OCI_RESULTS_DIR: results,
      };
      // It ends with a failure, as Debian's registry fails other groups.
      await promisify(execFile)(conformance ?? "", { env, cwd: results, maxBuffer: 1 << 26 }).catch(
        () => undefined,
      );
      const apis = fs.readFileSync(path.join(results, "results.yaml"), "utf8");
      assert.match(apis, /^ {2}Referrers: Pass$/m);
      assert.match(apis, /^ {2}Manifest put with subject: Pass$/m);
      const report = fs.readFileSync(path.join(results, "junit.xml"), "utf8");
      const cases = [...report.matchAll(/<testcase name="([^"]+)"[^>]*status="([^"]+)"/g)].filter(
        ([, name = ""]) => OURS.test(name),
      );
      assert.ok(cases.length > 100, `${cases.length} cases`);
      const failed = cases.filter(([, , status]) => status !== "passed" && status !== "skipped");
      assert.deepEqual(
        failed.map(([, name]) => name),
        [],
      );
    } finally {
      front.stop();
      await registry.stop();
    }
  });
});
