import { setTimeout } from "node:timers/promises";
import { openPublications } from "../../app/publish/publications";
import { packageChart } from "../../app/publish/package-chart";
import { publish } from "../../app/publish/publish";
import { validate } from "../../app/publish/validate";
import type { World } from "../../app/world";
import type { Actions } from "../../ci/actions";
import { signingOf, type Signing } from "../../ci/attestation";
import {
  assetsIn,
  buildOf,
  buildSigningOf,
  buildTrustOf,
  layoutsIn,
  type Source,
} from "../../ci/building";
import { runOwnCheck } from "../../ci/own-check";
import { printable } from "../../core/printable";
import { publishedBy, type Publication } from "../../core/publish/publication";
import { Ref } from "../../core/ref";
import { usageError } from "../../core/error";
import { isDigest } from "../../core/version";
import { formatPackage, formatPublished } from "../../format/published";
import type { RepositoryOptions } from "../context";
import { EXIT } from "../io";
import type { Steps } from "./step";

/** Options of the steps that sign. */
interface SigningOptions extends RepositoryOptions {
  readonly key?: string;
}

const KEY = [
  "--key <file>",
  "sign with this private key (default: as the workflow that runs)",
] as const;

/** Adds the steps of a service's own repository, where releases.yaml says what is published. */
export function addPublishing({ step, context, actions }: Steps): void {
  const { io } = context;

  step("publish", "publish what was built of GITHUB_REF: images with tags, releases with files")
    .option("--layout <folder>", "the image as an OCI layout; of several images a folder for each")
    .option("--assets <folder>", "the files of the release")
    .option(...KEY)
    .action(async (options: SigningOptions & { layout?: string; assets?: string }) => {
      const world = context.world(options);
      const source = sourceOf(actions);
      const publications = publicationsAt(world, source);
      const { layout, assets } = options;
      const signing = signingOf(actions, options.key);
      const result = await publish(world, {
        ...source,
        ref: refIn(source),
        layouts: layout === undefined ? new Map() : layoutsIn(layout, publications),
        assets: assets === undefined ? [] : assetsIn(assets),
        build: await buildOf(actions, source, signing),
        ...(signing && { signing: signingFor(world, source, signing, io.err) }),
      });
      for (const refusal of result.refused) io.err(printable(refusal));
      if (result.refused.length === 0 && signing === undefined) io.err(UNSIGNED);
      for (const line of formatPublished(result)) io.out(printable(line));
      const digests = new Map(result.images.map(({ service, digest }) => [service, digest]));
      const [digest, ...others] = digests.values();
      if (digest !== undefined && others.length === 0) actions.output("digest", digest);
      if (digest !== undefined) {
        actions.output("digests", JSON.stringify(Object.fromEntries(digests)));
      }
      context.code = result.refused.length > 0 ? EXIT.findings : EXIT.fine;
    });

  step("package-chart", "publish the chart with a version of its own that names an image")
    .argument("[service]", "whose chart (default: the only one)")
    .option("--digest <digest>", "the image of GITHUB_REF (default: that of the newest chart)")
    .option(...KEY)
    .action(async (service: string | undefined, options: SigningOptions & { digest?: string }) => {
      const world = context.world(options);
      const source = sourceOf(actions);
      const { digest, key } = options;
      const signing = signingOf(actions, key);
      const result = await packageChart(world, {
        ...source,
        ref: refIn(source),
        ...(service !== undefined && { service }),
        ...(digest !== undefined && { digest: checkedDigest(digest) }),
        build: await buildOf(actions, source, signing),
        ...(signing && { signing: signingFor(world, source, signing, io.err) }),
      });
      if ("refused" in result) {
        io.err(printable(result.refused));
        context.code = EXIT.findings;
        return;
      }
      if (signing === undefined) io.err(UNSIGNED);
      for (const line of formatPackage(result)) io.out(printable(line));
      actions.output("chart", result.version);
      actions.output("chart-digest", result.digest);
    });

  step("validate", "look at what was published as anyone would, then run this repository's check")
    .argument("[command...]", "after --: the check, which finds the files in $RELEASES_FILES")
    .option("--key <file>", "the public key that signs (default: the workflow signs)")
    .option(
      "--root <file>",
      "the trust root of the workflow's signatures (default: trust/root.jsonl)",
    )
    .option("--unsigned", "what isn't signed is fine")
    .option("--digest <digest>", "the image that was published (default: that of its tag)")
    .option("--into <folder>", "keep the files of the releases here")
    .action(async (command: string[], options: ValidateOptions) => {
      const world = context.world(options);
      const source = sourceOf(actions);
      const trust = options.unsigned ? undefined : buildTrustOf(world, source, options);
      const result = await validate(world, {
        ...source,
        ref: refIn(source),
        digests: digestsOf(options.digest, world, source),
        again: patience(),
        ...(trust && { trust }),
      });
      for (const problem of result.problems) io.err(printable(problem));
      for (const line of result.valid) io.out(printable(line));
      context.code = EXIT.findings;
      if (result.problems.length > 0) return;
      const failure = await runOwnCheck(command, result, options.into);
      if (failure === undefined) context.code = EXIT.fine;
      else io.err(printable(failure));
    });
}

/** GitHub Pages serves an index some minutes after it was written: some seconds between looks, for ten minutes. */
const LOOK_MILLISECONDS = 15_000;
const MAX_LOOKS = 40;

function patience(): () => Promise<boolean> {
  let looks = 0;
  return async () => {
    if (++looks > MAX_LOOKS) return false;
    await setTimeout(LOOK_MILLISECONDS);
    return true;
  };
}

interface ValidateOptions extends RepositoryOptions {
  readonly key?: string;
  readonly root?: string;
  readonly unsigned?: true;
  readonly digest?: string;
  readonly into?: string;
}

/** Returns the digest of the one image that a ref publishes, by its service. */
function digestsOf(
  digest: string | undefined,
  world: World,
  source: Source,
): ReadonlyMap<string, string> {
  if (digest === undefined) return new Map();
  const names = publicationsAt(world, source).flatMap(({ service }) =>
    service.images.length > 0 ? service.name : [],
  );
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return new Map([[only, checkedDigest(digest)]]);
  throw usageError(`--digest is for one image, and ${source.ref} publishes ${names.length}`);
}

function publicationsAt(world: World, source: Source): readonly Publication[] {
  const all = openPublications(world, source.repository);
  const found = publishedBy(refIn(source), source.commit, all);
  return "refusal" in found ? [] : found.publications;
}

function checkedDigest(digest: string): string {
  if (isDigest(digest)) return digest;
  throw usageError(`--digest ${digest} isn't sha256: and 64 hex digits`);
}

const UNSIGNED =
  "nothing is signed: the job has no permission id-token: write, and there is no --key";

/** Returns what the workflow that runs builds from. */
function sourceOf(actions: Actions): Source {
  return {
    repository: actions.variable("GITHUB_REPOSITORY"),
    ref: actions.variable("GITHUB_REF"),
    commit: actions.variable("GITHUB_SHA"),
  };
}

function refIn({ ref }: Source): Ref {
  const found = Ref.parse(ref);
  if (found !== undefined) return found;
  throw usageError(`GITHUB_REF is ${ref}, which is neither a branch nor a tag`);
}

function signingFor(
  world: World,
  source: Source,
  signing: Signing,
  warn: (text: string) => void,
): ReturnType<typeof buildSigningOf> {
  const found = buildSigningOf(world, source, signing);
  if (found.trusted === undefined) {
    warn(
      `signatures aren't verified before they are published: there is no ${found.policy.root}; copy it from the repository of the list`,
    );
  }
  return found;
}
