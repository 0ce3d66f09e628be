import { partitionOf } from "../aws";
import type { RegistryLocation } from "./plan";

/** An IAM role of a stack's account that workflows assume. Its name is fixed, so that its ARN is known. */
export interface Role {
  readonly name: string;
  readonly arn: string;
}

/**
 * Returns the role that reads the resources of a stack and changes none: for previews of pull requests, and
 * for the search for drift.
 */
export function previewRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-preview-${stack}`, location);
}

/** Returns the role that a stack is deployed with. */
export function deployRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-deploy-${stack}`, location);
}

/**
 * Returns the role that reads when a stack was updated and from which commits, and neither its resources nor
 * its secrets: for plans of deployments.
 */
export function historyRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-history-${stack}`, location);
}

/**
 * Returns the role that reads a stack's images and charts, and nothing else: for the search for signatures, for what
 * services follow, and for the plan of what goes.
 */
export function imagesRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-images-${stack}`, location);
}

/** Returns the role that tags and copies images for a stack: for promotions to it. */
export function promoteRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-promote-${stack}`, location);
}

/** Returns the role that deletes images of a stack's registry. */
export function pruneRole(stack: string, location: RegistryLocation): Role {
  return role(`releases-prune-${stack}`, location);
}

/**
 * Returns the role that pushes what a service's repository publishes. Whatever the case of the letters is in which the
 * list and a clone's origin name that repository, it is the same.
 * @param repository on GitHub, without its owner
 */
export function publishRole(repository: string, location: RegistryLocation): Role {
  return role(`releases-publish-${repository.toLowerCase()}`, location);
}

/** Returns the GitHub environment of jobs that read for a pull request. */
export function previewEnvironment(environment: string): string {
  return `preview-${environment}`;
}

/** Returns the GitHub environment of jobs that read on the default branch, such as the search for drift. */
export function driftEnvironment(environment: string): string {
  return `drift-${environment}`;
}

/** Returns the GitHub environment of jobs that read what was deployed, to plan a deployment. */
export function historyEnvironment(environment: string): string {
  return `history-${environment}`;
}

/** The GitHub environment of the job that promotes. */
export const PROMOTE_ENVIRONMENT = "promote";

/** The GitHub environment of the job that pins services to what they follow. */
export const RESOLVE_ENVIRONMENT = "resolve";

/** The GitHub environment of the job that deletes images. */
export const PRUNE_ENVIRONMENT = "prune";

function role(name: string, { account, region }: RegistryLocation): Role {
  return { name, arn: `arn:${partitionOf(region).name}:iam::${account}:role/${name}` };
}
