import { Project, type ProjectOptions } from "../../tools/sandbox/project";
import { ACME } from "./acme";
import { folderOf } from "./folder";

/** Opens a project of the real engine with that list in it. */
export function openAcme(cli: string, options: ProjectOptions = {}): Promise<Project> {
  return Project.open(folderOf({}), cli, { data: ACME, ...options });
}

/** Changes what that list runs in staging: three updates, a service more, one less, a replacement. */
export function changeStaging(project: Project): void {
  project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.5");
  project.edit("Pulumi.staging.yaml", "orders: v3.0.2", "orders: v3.0.3");
  project.edit("Pulumi.staging.yaml", "reports: v0.9.0", "reports: v0.9.1");
  const list = project.read("service/platform.yaml");
  const mailer = /- docker: "mailer"[^]*?\n\n/.exec(list)?.[0] ?? "no mailer";
  const gateway = 'github: "gateway"\n';
  project.edit("service/platform.yaml", mailer, "");
  project.edit("service/platform.yaml", gateway, `${gateway}  namespace: edge\n`);
  project.write(
    "service/billing.yaml",
    "- docker: billing\n  github: billing\n  deploy:\n    release: v1.0.0\n",
  );
}
