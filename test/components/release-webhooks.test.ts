import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/github/provider";
import { ReleaseWebhooks, type ReleaseWebhooksArgs } from "../../components/release-webhooks";
import { record } from "../../src/adapters/pulumi/embedded";
import { ofType, theOne, TYPES } from "../support/plans";

function register(args: Partial<ReleaseWebhooksArgs>) {
  return record("testing", () => {
    const github = new Provider("github", { owner: "acme" });
    const whole = {
      url: "https://hooks.example/testing",
      secret: pulumi.secret("MARKED"),
      targets: ["api", "web"],
      scope: "repository",
      ...args,
    } as const;
    return new ReleaseWebhooks("webhooks", whole, { providers: [github] });
  });
}

const CONFIGURATION = {
  contentType: "json",
  insecureSsl: false,
  secret: "[secret]",
  url: "https://hooks.example/testing",
};

describe("ReleaseWebhooks", () => {
  it("declares a webhook for each repository, on releases, as JSON with TLS verified", async () => {
    const planned = await register({});
    assert.deepEqual([...ofType(planned, TYPES.webhook).keys()], ["api", "web"]);
    assert.deepEqual(theOne(planned, TYPES.webhook, "api").inputs, {
      active: true,
      configuration: CONFIGURATION,
      events: ["release"],
      repository: "api",
    });
  });

  it("removes a webhook before its replacement, which GitHub would refuse otherwise", async () => {
    const planned = await register({});
    assert.equal(theOne(planned, TYPES.webhook, "api").options.deleteBeforeReplace, true);
  });

  it("declares one webhook for the organization", async () => {
    const planned = await register({ scope: "organization", targets: ["acme"] });
    assert.equal(ofType(planned, TYPES.webhook).size, 0);
    assert.deepEqual(theOne(planned, TYPES.organizationWebhook, "acme").inputs, {
      active: true,
      configuration: CONFIGURATION,
      events: ["release"],
    });
  });

  it("keeps the secret a secret, even one that was given in plain", async () => {
    for (const secret of ["MARKED", pulumi.secret("MARKED"), pulumi.output("MARKED")]) {
      const planned = await register({ secret });
      assert.doesNotMatch(JSON.stringify(planned.resources), /MARKED/);
    }
  });
});
