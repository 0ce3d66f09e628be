/**
 * A provider process that stands in for aws, kubernetes and github in front of the real engine
 * (PULUMI_DEBUG_PROVIDERS). It answers at once and keeps no state; what it knows of the real ones is
 * which changes replace a resource. Prints its port, and runs until its standard input ends.
 */
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";

type Inputs = Record<string, unknown>;

/** Inputs whose change replaces the resource, by type. */
const REPLACES: Record<string, string[]> = {
  "aws:ecr/repository:Repository": ["name", "encryptionConfigurations"],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["repository"],
  "aws:cloudformation/stack:Stack": ["name"],
  "kubernetes:helm.sh/v3:Release": ["name", "namespace"],
  "github:index/repositoryWebhook:RepositoryWebhook": ["repository"],
};

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string): string => urn.split("::")[3] ?? "";

/** What the real provider would answer beside the inputs. */
function outputsOf(urn: string, inputs: Inputs): Inputs {
  if (typeOf(urn) !== "aws:ecr/repository:Repository") return { ...inputs };
  const name = String(inputs["name"]);
  return {
    ...inputs,
    arn: `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`,
    repositoryUrl: `111111111111.dkr.ecr.eu-west-1.amazonaws.com/${name}`,
  };
}

const standIn: pulumi.provider.Provider = {
  version: "0.0.0",
  check: (_urn, _olds, news: Inputs) => Promise.resolve({ inputs: news }),
  diff: (_id, urn, olds: Inputs, news: Inputs) => {
    const changed = Object.keys({ ...news }).filter(
      (key) => !key.startsWith("__") && !isDeepStrictEqual(olds[key], news[key]),
    );
    const replaces = changed.filter((key) => REPLACES[typeOf(urn)]?.includes(key));
    return Promise.resolve({ changes: changed.length > 0, replaces });
  },
  create: (urn, inputs: Inputs) =>
    Promise.resolve({ id: nameOf(urn), outs: outputsOf(urn, inputs) }),
  update: (_id, urn, _olds, news: Inputs) => Promise.resolve({ outs: outputsOf(urn, news) }),
  read: (id, _urn, props: Inputs) => Promise.resolve({ id, props }),
  delete: () => Promise.resolve(),
};

process.stdin.resume().on("end", () => process.exit(0));
void pulumi.provider.main(standIn, []);
