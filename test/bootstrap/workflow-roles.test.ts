import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { jobsOf, promotingRole, readingRole } from "../../src/ci/jobs";
import { EnvironmentReader } from "../../src/app/environments";
import { plansIn } from "../../src/app/plan-stacks";
import { realWorld } from "../../src/app/real-world";
import { publicationsFrom } from "../../src/core/publish/from-list";
import { releaseWorkflow, WORKFLOW_FILE } from "../../src/core/publish/workflow";
import { sourcesIn } from "../../src/core/publish/from-list";
import { bootstrapOf, ROLE } from "../support/bootstrap";
import { copyOfAcme } from "../support/acme";
import { ofType } from "../support/plans";
import { listener } from "../support/world";
import { readWorkflow, WORKFLOWS } from "../support/workflows";

const OWN = "acme/releases";

/** A job that assumes a role: what names the role, and the GitHub environment of the job. */
interface Assuming {
  readonly file: string;
  readonly job: string;
  readonly role: string;
  readonly environment: string;
}

/** All jobs of our workflows that assume a role. */
function assumingJobs(): Assuming[] {
  return fs.readdirSync(WORKFLOWS).flatMap((file) =>
    Object.entries(readWorkflow(file).jobs).flatMap(([job, { environment = "", steps }]) =>
      steps.flatMap(({ with: given }) => {
        const role = given?.["role-to-assume"];
        return typeof role === "string" ? [{ file, job, role, environment }] : [];
      }),
    ),
  );
}

describe("the roles that workflows name", () => {
  const world = realWorld(copyOfAcme());
  const reader = new EnvironmentReader(world, listener());
  const repository = reader.current;
  const jobs = jobsOf(repository, repository.stacks.keys());

  /** Which subject may assume which role, as bootstrap/ declares it of all accounts. */
  async function declared(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const stack of repository.stacks.keys()) {
      const planned = await bootstrapOf(repository, stack, {
        repository: OWN,
        stateBucket: "state",
      });
      const trust = new Map(
        [...ofType(planned, ROLE).values()].map(({ name, inputs }) => [
          name,
          String(inputs["assumeRolePolicy"]),
        ]),
      );
      for (const [key, arn] of Object.entries(planned.outputs.roles)) {
        found.set(arn, trust.get(key) ?? "");
      }
    }
    return found;
  }

  /** What an expression of a workflow comes to for one stack. */
  function valueOf(expression: string, job: (typeof jobs)[number]): string {
    const [, matrix] = /^\$\{\{ (?:matrix|fromJSON\(.*\)\[0\])\.(\w+) \}\}$/.exec(expression) ?? [];
    if (matrix !== undefined) return String(job[matrix as keyof typeof job]);
    if (expression === "${{ steps.role.outputs.role }}") {
      return promotingRole(reader, job.environment)?.arn ?? "";
    }
    if (expression === "${{ steps.asked.outputs.role }}") {
      const plans = plansIn(repository).filter(({ config }) => config.stack === job.stack);
      return readingRole(plans)?.arn ?? "";
    }
    assert.doesNotMatch(expression, /\$\{\{/, `nobody knows what ${expression} is`);
    return expression;
  }

  it("are these", () => {
    assert.deepEqual(
      assumingJobs().map(({ file, job, role }) => `${file} ${job} ${role}`),
      [
        ...["deploy.yml history ${{ matrix.historyRole }}"],
        ...[1, 2, 3].map((wave) => `deploy.yml wave${wave} \${{ matrix.deployRole }}`),
        "drift.yml look ${{ matrix.previewRole }}",
        "preview.yml pulumi ${{ matrix.previewRole }}",
        "promote.yml promote ${{ steps.role.outputs.role }}",
        "prune.yml plan ${{ matrix.imagesRole }}",
        "prune.yml delete ${{ matrix.pruneRole }}",
        "resolve.yml resolve ${{ steps.asked.outputs.role }}",
        "verify.yml look ${{ matrix.imagesRole }}",
        "verify.yml root ${{ fromJSON(needs.stacks.outputs.stacks)[0].imagesRole }}",
      ],
    );
    for (const file of fs.readdirSync(WORKFLOWS)) {
      const text = fs.readFileSync(path.join(WORKFLOWS, file), "utf8");
      assert.doesNotMatch(text, /vars\.\w*ROLE/, file);
    }
  });

  it("are declared by bootstrap/, each trusted in the environment of the job that names it", async () => {
    const trusted = await declared();
    for (const { file, job: name, role, environment } of assumingJobs()) {
      for (const job of jobs) {
        const where = `${file} ${name} of ${job.stack}`;
        // Versions come to the first environment without a promotion.
        if (file === "promote.yml" && job.stack === "testing") continue;
        const trust = trusted.get(valueOf(role, job));
        assert.ok(trust !== undefined, `${where}: bootstrap/ declares no ${valueOf(role, job)}`);
        const subject = `repo:${OWN}:environment:${valueOf(environment, job)}`;
        assert.ok(trust.includes(`"${subject}"`), `${where}: ${subject} isn't trusted`);
      }
    }
  });

  it("are those of services' repositories as well", async () => {
    const trusted = await declared();
    const template = fs.readFileSync(path.join(PROGRAM, "templates/service/release.yml"), "utf8");
    const sources = sourcesIn(repository, OWN);
    assert.ok(sources.length > 1);
    for (const source of sources) {
      const at = { source, mainBranch: "main", charts: new Map<string, string>() };
      const { publications } = publicationsFrom(repository, at, []);
      if (publications.services.every(({ images }) => images.length === 0)) continue;
      const workflow = releaseWorkflow(template, publications, "24");
      const roles = [...workflow.matchAll(/role-to-assume: (.+)/g)].map(([, role = ""]) => role);
      assert.equal(roles.length, 2, source);
      for (const role of roles) {
        assert.match(trusted.get(role) ?? "", new RegExp(`"${source}/${WORKFLOW_FILE}@\\*"`), role);
      }
    }
  });
});
