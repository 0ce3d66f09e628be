import * as pulumi from "@pulumi/pulumi";

/** Registers the flat baseline under Pulumi's mocks, with Node's default settings. */
async function main(services: number): Promise<void> {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: `${name}_id`, state: inputs as object }),
    call: ({ inputs }) => inputs as object,
  });
  const { declareFlat } = require("./flat") as typeof import("./flat");
  declareFlat(services);
  await pulumi.runtime.disconnect();
}

void main(Number(process.argv[2]));
