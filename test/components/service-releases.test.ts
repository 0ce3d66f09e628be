import assert from "node:assert/strict";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { ServiceReleases, type ServiceArgs } from "../../components/service-releases";
import { record } from "../../src/adapters/pulumi/embedded";
import { theOne, TYPES } from "../support/plans";

const helm = (name: string, more: Partial<ServiceArgs> = {}): ServiceArgs => ({
  requires: [],
  ignoreChanges: [],
  ...more,
  name,
  kind: "helm",
  args: { chart: "./charts/service", version: "1.0.0" },
});

const template = (name: string, more: Partial<ServiceArgs> = {}): ServiceArgs => ({
  requires: [],
  ignoreChanges: [],
  ...more,
  name,
  kind: "template",
  args: { templateUrl: "https://templates.example/index.yaml" },
});

function register(services: ServiceArgs[], protect = false) {
  return record("testing", () => {
    const providers = [
      new AwsProvider("aws", { region: "eu-west-1" }),
      new KubernetesProvider("kubernetes", { context: "test" }),
    ];
    return new ServiceReleases("services", { services, protect }, { providers });
  });
}

describe("ServiceReleases", () => {
  it("declares a Helm release with the inputs that were given and no others", async () => {
    const planned = await register([helm("api")]);
    const { inputs, provider } = theOne(planned, TYPES.release, "api");
    assert.deepEqual(inputs, { chart: "./charts/service", compat: "true", version: "1.0.0" });
    assert.match(provider ?? "", /providers:kubernetes::kubernetes$/);
  });

  it("declares a template's stack with the AWS provider", async () => {
    const planned = await register([template("network")]);
    const { inputs, provider } = theOne(planned, TYPES.template, "network");
    assert.deepEqual(inputs, { templateUrl: "https://templates.example/index.yaml" });
    assert.match(provider ?? "", /providers:aws::aws$/);
  });

  it("lets a release wait for those that it requires, of either kind", async () => {
    const planned = await register([
      template("network"),
      helm("inventory", { requires: ["network"] }),
      helm("orders", { requires: ["inventory", "network"] }),
    ]);
    const network = theOne(planned, TYPES.template, "network").urn;
    const inventory = theOne(planned, TYPES.release, "inventory");
    const orders = theOne(planned, TYPES.release, "orders");
    assert.deepEqual(inventory.options.dependsOn, [network]);
    assert.deepEqual(orders.options.dependsOn, [inventory.urn, network].sort());
  });

  it("waits for nothing that isn't in the stack", async () => {
    const planned = await register([helm("orders", { requires: ["elsewhere"] })]);
    assert.deepEqual(theOne(planned, TYPES.release, "orders").options.dependsOn, []);
  });

  it("passes on ignored changes and protection", async () => {
    const planned = await register([helm("api", { ignoreChanges: ["chart"] })], true);
    const { options } = theOne(planned, TYPES.release, "api");
    assert.deepEqual(options.ignoreChanges, ["chart"]);
    assert.equal(options.protect, true);
  });
});
