import * as fs from "node:fs";
import * as path from "node:path";
import { findRepository } from "../adapters/disk/find-repository";
import { RepositoryFiles } from "../adapters/disk/repository-files";
import { chartFolder } from "../core/read";
import { GitRepository } from "../adapters/git/repository";
import { PROGRAM } from "./open";
import type { World } from "./world";

/**
 * Returns the world as it is, for one repository's folder. Adapters that bring a large library are loaded
 * when they are used: Pulumi takes half a second.
 * @param project the folder of the Pulumi project
 */
export function realWorld(folder: string, project: string = PROGRAM): World {
  const root = path.resolve(folder);
  return {
    folder: root,
    project,
    files: new RepositoryFiles(root, PROGRAM, project),
    git: new GitRepository(root),
    engine: {
      evaluate: (repository, values) => {
        return embedded().evaluate(repository, values, (chart) =>
          chartFolder(chart, root, project),
        );
      },
      updates: (stack, kept) => stackHistory().updatesOf(root, stack, kept),
      previewRefresh: (stack, context) =>
        refresh().previewRefresh(project, path.join(root, `Pulumi.${stack}.yaml`), stack, {
          ...(context !== undefined && { context }),
        }),
    },
    registries: (roles) => new (oci().Registries)(roles),
    github: (token) => github().Github.connect(token),
    hasObject: (object) => bucket().hasObject(object),
    publicGithub: () => github().Github.asAnybody(),
    helm: () => helm().helmRenderer(),
    charts: () => packages().chartPackages(),
    chartRepositories: () => new (chartRepositories().WebChartRepositories)(),
    now: () => new Date(),
  };
}

/**
 * Returns the world of a repository's folder, relative to the current one; without it, of the repository
 * that the current folder is in.
 */
export function worldAt(current: string, folder: string | undefined): World {
  const own = findRepository(current);
  const isProject = fs.existsSync(path.join(PROGRAM, "Pulumi.yaml"));
  return realWorld(
    folder === undefined ? own : path.resolve(current, folder),
    // The package is no project: the repository that it is installed in is one.
    isProject ? PROGRAM : own,
  );
}

const embedded = () =>
  require("../adapters/pulumi/embedded") as typeof import("../adapters/pulumi/embedded");
const refresh = () =>
  require("../adapters/pulumi/refresh") as typeof import("../adapters/pulumi/refresh");
const stackHistory = () =>
  require("../adapters/pulumi/stack-history") as typeof import("../adapters/pulumi/stack-history");
const oci = () => require("../adapters/oci/regctl") as typeof import("../adapters/oci/regctl");
const github = () =>
  require("../adapters/github/github") as typeof import("../adapters/github/github");
const bucket = () => require("../adapters/aws/bucket") as typeof import("../adapters/aws/bucket");
const helm = () => require("../adapters/helm/helm") as typeof import("../adapters/helm/helm");
const chartRepositories = () =>
  require("../adapters/helm/chart-repositories") as typeof import("../adapters/helm/chart-repositories");
const packages = () =>
  require("../adapters/helm/packages") as typeof import("../adapters/helm/packages");
