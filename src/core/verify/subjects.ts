import { formatImageReference, parseImageReference } from "../image-reference";
import { hasDigests, isClassic, type Chart, type Service } from "../list/service";
import type { Deployment, StackConfig } from "../stack/plan";
import { imagePrefix } from "../stack/registry";
import type { Pin } from "../version";
import type { Subject } from "./judge";

/** What of a service is signed, of an environment: known by its digest, or why that isn't known. */
export type Signed =
  | {
      readonly subject: Subject;
      /** What a subject of the kind `chart` is; absent for any other. */
      readonly chart?: Chart;
    }
  | { readonly kind: Subject["kind"]; readonly name: string; readonly problem: string };

/**
 * Returns what of a deployment is signed: its image and its chart. A chart of this repository is reviewed here,
 * and signed by nobody; the files of its release on GitHub are known to GitHub alone.
 */
export function signedOf(
  { service, chart, ...pin }: Pick<Deployment, "service" | "chart" | "version" | "digest">,
  config: StackConfig,
): Signed[] {
  const image = imageOf(service, pin, config);
  const deployed = service.docker === undefined ? undefined : pin.digest;
  const ofChart = chart === undefined ? undefined : chartOf(chart, deployed);
  return [image, ofChart].flatMap((signed) => signed ?? []);
}

function imageOf(service: Service, { digest }: Pin, config: StackConfig): Signed | undefined {
  if (service.docker === undefined) return undefined;
  const name = `${imagePrefix(config)}${service.docker}`;
  if (digest !== undefined) return { subject: { kind: "image", name, digest } };
  return { kind: "image", name, problem: "its pin has no digest; pin it as v1.2.3@sha256:..." };
}

function chartOf(chart: Chart, image: string | undefined): Signed | undefined {
  const { version, digest } = chart;
  if (!hasDigests(chart)) return undefined;
  const name = chartPlace(chart);
  if (digest === undefined) {
    const problem = `the chart has no digest; pin it as ${version}@sha256:...`;
    return { kind: "chart", name, problem };
  }
  const subject: Subject = {
    ...{ kind: "chart", name, digest },
    ...(image !== undefined && { image }),
  };
  return { subject, chart };
}

/** Returns where a chart is, in one text: as a registry names it, or below the address of its repository. */
export function chartPlace(chart: Pick<Chart, "name" | "repository">): string {
  if (!isClassic(chart)) return chart.name.replace("oci://", "");
  return `${chart.repository.replace(/\/$/, "")}/${chart.name}`;
}

/** Returns the name of an image or a chart by its digest, as registries are asked for it. */
export function imageByDigest({ name, digest }: Subject): string {
  return formatImageReference({ ...parseImageReference(name), digest });
}
