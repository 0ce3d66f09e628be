import assert from "node:assert/strict";
import { demandsOf } from "../../policy/demands";
import { repositoryOf } from "../support/repository";
import { serviceYaml } from "../support/yaml";

const ENVIRONMENTS = `environments:
  testing: { accepts: [release] }
  production: { from: testing, accepts: [release], digest: required }
  canary: { from: production, accepts: [release] }
  early: { from: testing, accepts: [release], protected: true }
  scratch: { from: testing, accepts: [release], protected: false }
`;

function demands(environment: string, path?: string) {
  const files = { "service/a.yaml": serviceYaml("api") };
  const repository = repositoryOf(
    path === undefined ? files : { ...files, "environments.yaml": path },
  );
  return demandsOf(repository, environment);
}

describe("what a policy demands", () => {
  it("is what the promotion path says of the environment", () => {
    const of = (environment: string) => demands(environment, ENVIRONMENTS);
    assert.deepEqual(of("testing"), { isProtected: false, keepsImages: false, byDigest: false });
    assert.deepEqual(of("canary"), { isProtected: true, keepsImages: true, byDigest: false });
    assert.equal(of("production").byDigest, true);
    assert.equal(of("early").isProtected, true);
    assert.equal(of("scratch").isProtected, false);
  });

  it("goes by the environment's name where there is no path", () => {
    assert.deepEqual(demands("production"), {
      isProtected: true,
      keepsImages: true,
      byDigest: true,
    });
    assert.deepEqual(demands("testing"), {
      isProtected: false,
      keepsImages: false,
      byDigest: false,
    });
  });

  it("isn't known of an environment that the path doesn't have, or of a path that can't be read", () => {
    assert.throws(() => demands("prod", ENVIRONMENTS), {
      message: `releases:environment is "prod", which isn't in environments.yaml; known are testing, production, canary, early, scratch`,
    });
    assert.throws(() => demands("production", "environments: ["), /environments\.yaml:/);
  });
});
