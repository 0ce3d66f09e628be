import * as fs from "node:fs";
import * as path from "node:path";
import { BUNDLE_TYPE, Pusher } from "../../test/support/attach";
import { missingRegistryTool, Registry } from "../../test/support/registry";
import { signedImage, signingOf } from "../../test/support/signed";
import { SigstoreAuthority } from "../../test/support/sigstore-authority";
import { inTurn, measure, show, type Measure } from "./measure";
import { CLI, FOLDER, ratio, RUNS } from "./workspace";

const IMAGES = 100;

/**
 * The signatures of 100 digests in a registry, each in the index tag of its image, where signing tools put it without
 * a list of referrers: asked for, and as recorded.
 */
export async function verify(): Promise<string[][]> {
  if (missingRegistryTool !== undefined) {
    return [[`skipped: there is no ${missingRegistryTool} in PATH`, "", "", ""]];
  }
  const at = path.join(FOLDER, "verify");
  const registry = await Registry.start();
  // GitHub's answers would be its own time.
  Object.assign(process.env, { GITHUB_TOKEN: "", GH_TOKEN: "" });
  try {
    await writeSigned(at, registry.host);
    const ours = [CLI, "verify", "--path", at];
    const asking = inTurn(RUNS, { verify: () => measure([...ours, "--again", "--no-record"]) });
    measure(ours);
    const recorded = inTurn(RUNS, {
      verify: () => measure(ours),
      lint: () => measure([CLI, "lint", "--path", at]),
    });
    const rowOf = (name: string, found: Measure): string[] => {
      return [name, show(found), show(recorded.lint), ratio(found, recorded.lint)];
    };
    return [
      rowOf(`verify, ${IMAGES} digests`, asking.verify),
      rowOf(`verify, ${IMAGES} digests, as recorded`, recorded.verify),
    ];
  } finally {
    await registry.stop();
  }
}

/** Pushes and signs images, and writes the repository of a stack that pins them and demands their signatures. */
async function writeSigned(folder: string, host: string): Promise<void> {
  const authority = await SigstoreAuthority.start();
  const names = Array.from({ length: IMAGES }, (_, index) => `service-${index}`);
  const pins: string[] = [];
  for (const name of names) {
    const pusher = new Pusher(host, `acme/${name}`);
    const { digest } = await pusher.image(name);
    const bundle = await signedImage(authority, digest, signingOf(`acme/${name}`));
    const layers = [await pusher.blob(bundle, BUNDLE_TYPE)];
    await pusher.index([await pusher.manifest({ layers })], digest.replace(":", "-"));
    pins.push(`    ${name}: v1.0.0@${digest}\n`);
  }
  const definitions = names.map(
    (name) => `- github: ${name}\n  docker: ${name}\n  deploy:\n    release: v1.0.0\n`,
  );
  const files = {
    "service/all.yaml": definitions.join(""),
    "environments.yaml":
      "environments:\n  production: { accepts: [release], verify: { mode: require } }\n",
    "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: bench }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: "${host}/acme" }
  releases:versions:
${pins.join("")}`,
    "trust/root.jsonl": `${authority.root}\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
}
