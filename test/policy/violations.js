"use strict";

/** A program that breaks one rule of the policy pack, which VIOLATE names, in one resource. */
const { Provider: Aws } = require("@pulumi/aws/provider");
const { Repository } = require("@pulumi/aws/ecr/repository");
const { RegistryPolicy } = require("@pulumi/aws/ecr/registryPolicy");
const { Provider: Kubernetes } = require("@pulumi/kubernetes/provider");
const { Release } = require("@pulumi/kubernetes/helm/v3/release");
const { Provider: Github } = require("@pulumi/github/provider");
const { RepositoryWebhook } = require("@pulumi/github/repositoryWebhook");

const aws = () => new Aws("aws", { allowedAccountIds: ["111111111111"], region: "eu-west-1" });
const kubernetes = () => new Kubernetes("kubernetes", { context: "test" });
const github = () => new Github("github", { owner: "acme" });

const repository = { name: "orders", imageTagMutability: "IMMUTABLE" };
const release = {
  name: "orders",
  chart: "oci://ghcr.io/acme/charts/orders",
  version: "1.4.0",
  values: { image: { repository: "orders", tag: "v1", digest: `sha256:${"a".repeat(64)}` } },
};
const policy = JSON.stringify({
  Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:*", Resource: "*" }],
});

const violations = {
  "immutable-tags": () =>
    new Repository(
      "orders",
      { ...repository, imageTagMutability: "MUTABLE" },
      { provider: aws(), protect: true },
    ),
  "no-wildcards": () => new RegistryPolicy("policy", { policy }, { provider: aws() }),
  "protected-repositories": () => new Repository("orders", repository, { provider: aws() }),
  "protected-releases": () => new Release("orders", release, { provider: kubernetes() }),
  "exact-charts": () =>
    new Release(
      "orders",
      { ...release, version: "^1.4" },
      { provider: kubernetes(), protect: true },
    ),
  "images-by-digest": () =>
    new Release(
      "orders",
      { ...release, values: { image: { repository: "orders", tag: "v1" } } },
      { provider: kubernetes(), protect: true },
    ),
  "signed-webhooks": () =>
    new RepositoryWebhook(
      "orders",
      {
        repository: "orders",
        events: ["release"],
        configuration: { url: "http://hooks.acme.example", contentType: "json" },
      },
      { provider: github() },
    ),
  "explicit-providers": () => new Repository("orders", repository, { protect: true }),
};

violations[process.env.VIOLATE]();
