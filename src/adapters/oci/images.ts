import { artifactOf, type ImageEvidence } from "../../core/promotion/artifacts";
import { imagePrefix, imageRepositories } from "../../core/stack/registry";
import type { Difference } from "../../core/promotion/moves";
import type { StackConfig } from "../../core/stack/plan";
import { imageTag } from "../../core/stack/helm-values";
import type { Registries } from "./regctl";

/**
 * Asks registries about each image of a service that is promoted, its aliases included, and returns
 * what is to be done with them, or why it can't be.
 * @param from the stack that runs it now
 * @param to the stack that will
 */
export async function imageEvidence(
  registries: Pick<Registries, "digestOf">,
  { service, upstream, pin }: Difference,
  from: StackConfig,
  to: StackConfig,
): Promise<ImageEvidence[]> {
  const sourceTag = imageTag(service, upstream.version);
  const targetTag = imageTag(service, pin.version);
  return Promise.all(
    imageRepositories(service).map(async (repository) => {
      const source = `${imagePrefix(from)}${repository}`;
      const target = `${imagePrefix(to)}${repository}`;
      const digest = upstream.digest ?? (await registries.digestOf(`${source}:${sourceTag}`));
      const facts = { source, sourceTag, target, targetTag };
      if (digest === undefined) {
        return artifactOf(service.name, { ...facts, inSource: false, inTarget: false });
      }
      const [there, tagged] = await Promise.all([
        registries.digestOf(`${target}@${digest}`),
        registries.digestOf(`${target}:${targetTag}`),
      ]);
      const inTarget = there !== undefined;
      const inSource = inTarget || (await registries.digestOf(`${source}@${digest}`)) !== undefined;
      const known = { ...facts, digest, inSource, inTarget };
      return artifactOf(service.name, tagged === undefined ? known : { ...known, tagged });
    }),
  );
}
