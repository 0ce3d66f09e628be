import {
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from "../../core/image-reference";
import { artifactOf, type ImageEvidence } from "../../core/promotion/artifacts";
import { imagePrefix, imageRepositories } from "../../core/stack/registry";
import type { Difference } from "../../core/promotion/moves";
import type { RegistryAccess, StackConfig } from "../../core/stack/plan";
import { imageTag } from "../../core/stack/helm-values";
import type { ImageRegistries } from "./image-registries";

/**
 * Asks registries about each image of a service that is promoted, its aliases included. Returns what is to be
 * done with each of them, or why it can't be promoted.
 * @param from the stack that runs the service now
 * @param to the stack that the service is promoted to
 */
export async function imageEvidence(
  registries: ImageRegistries,
  { service, upstream, pin }: Difference,
  from: StackConfig,
  to: StackConfig,
): Promise<ImageEvidence[]> {
  const sourceTag = imageTag(service, upstream.version);
  const targetTag = imageTag(service, pin.version);
  const assume = accessBetween(from, to);
  const [first = "", ...aliases] = imageRepositories(service);
  const main = parseImageReference(`${imagePrefix(from)}${first}`);
  // Aliases carry the same image: what else has their tag isn't it.
  const digest = upstream.digest ?? (await registries.digestOf({ ...main, tag: sourceTag }));
  const names = digest === undefined ? [first] : [first, ...aliases];
  return Promise.all(
    names.map(async (repository) => {
      const source = parseImageReference(`${imagePrefix(from)}${repository}`);
      const target = parseImageReference(`${imagePrefix(to)}${repository}`);
      const has = async (image: ImageReference) => (await registries.digestOf(image)) !== undefined;
      const facts = {
        source: formatImageReference(source),
        sourceTag,
        target: formatImageReference(target),
        targetTag,
        ...(assume && { assume }),
      };
      if (digest === undefined) {
        return artifactOf(service.name, { ...facts, inSource: false, inTarget: false });
      }
      const [inTarget, tagged] = await Promise.all([
        has({ ...target, digest }),
        registries.digestOf({ ...target, tag: targetTag }),
      ]);
      const inSource = inTarget || (await has({ ...source, digest }));
      const known = { ...facts, digest, inSource, inTarget };
      return artifactOf(service.name, tagged === undefined ? known : { ...known, tagged });
    }),
  );
}

/** Returns the roles of a copy from one stack's registry to another's; undefined where neither names one. */
function accessBetween(from: StackConfig, to: StackConfig): RegistryAccess | undefined {
  const read = from.registry?.assume?.read;
  const write = to.registry?.assume?.write;
  if (read === undefined && write === undefined) return undefined;
  return { ...(read !== undefined && { read }), ...(write !== undefined && { write }) };
}
