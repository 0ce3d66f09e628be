/**
 * `npm run partitions`: writes AWS's partitions and regions into src/core/aws-partitions.json, from the endpoint
 * data of AWS's SDK. The SDK itself takes a sixth of the time of `releases lint` to load.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";

/** The endpoint data as the SDK's package has it. */
interface EndpointData {
  readonly partitions: readonly {
    readonly id: string;
    readonly outputs: { readonly dnsSuffix: string };
    readonly regions: Readonly<Record<string, unknown>>;
  }[];
}

/** The file that the program reads. */
export const PARTITIONS_FILE = path.join(PROGRAM, "src/core/aws-partitions.json");

/** Returns the SDK's partitions by name, each with the suffix of its hosts and its regions. */
export function partitionsOfSdk(): Record<string, { dnsSuffix: string; regions: string[] }> {
  const sdk = path.dirname(require.resolve("@aws-sdk/core/package.json"));
  const module = "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js";
  const source = fs.readFileSync(path.join(sdk, module), "utf8");
  // One constant, which is JSON: the package exports no more than a question about one region.
  const [json = ""] = /\{[^]*\}/.exec(source) ?? [];
  const { partitions } = JSON.parse(json) as EndpointData;
  return Object.fromEntries(
    partitions.map(({ id, outputs: { dnsSuffix }, regions }) => [
      id,
      // A name such as aws-global stands for services without regions.
      { dnsSuffix, regions: Object.keys(regions).filter((region) => !/-global$/.test(region)) },
    ]),
  );
}

if (require.main === module) {
  fs.writeFileSync(PARTITIONS_FILE, `${JSON.stringify(partitionsOfSdk(), null, 2)}\n`);
}
