import assert from "node:assert/strict";
import { isPromoter, isSamePromotion, SUMMARY_TYPE } from "../../../src/core/verify/promotion";
import { promotionType } from "../../../src/core/verify/promotion-type";

const PAGE = "https://github.com/acme/releases";
const AT = `${PAGE}/.github/workflows/deploy.yml@`;

describe("promotionType", () => {
  it("tells environments apart, and repositories whatever the case of their letters", () => {
    assert.equal(promotionType(PAGE, "production"), `${PAGE}/promotion/production/v1`);
    assert.equal(
      promotionType("https://github.com/Acme/Releases", "eu"),
      `${PAGE}/promotion/eu/v1`,
    );
  });
});

describe("isSamePromotion", () => {
  const promotion = { page: PAGE, environment: "production", policy: "abc" };
  const summary = (environment: string, id = PAGE, sha256 = "abc") => ({
    verifier: { id },
    policy: { digest: { sha256 } },
    verifiedLevels: [`RELEASES_ENVIRONMENT_${environment}`],
  });
  const isSame = (predicate: unknown): boolean =>
    isSamePromotion(SUMMARY_TYPE, predicate, promotion, SUMMARY_TYPE);

  it("is a summary of the same environment by the same policy and verifier", () => {
    assert.equal(isSame(summary("PRODUCTION")), true);
    assert.equal(isSame(summary("STAGING")), false);
    assert.equal(isSame(summary("PRODUCTION", "https://github.com/evil/releases")), false);
    assert.equal(isSame(summary("PRODUCTION", PAGE, "abd")), false);
    assert.equal(isSame(undefined), false);
  });

  it("is of the type that is wanted", () => {
    const record = { policy: { digest: { sha256: "abc" } } };
    const type = promotionType(PAGE, "production");
    assert.equal(isSamePromotion(type, record, promotion, type), true);
    assert.equal(isSamePromotion(SUMMARY_TYPE, record, promotion, type), false);
    assert.equal(isSamePromotion(undefined, record, promotion, type), false);
  });
});

describe("isPromoter", () => {
  for (const [subject, ref, expected] of [
    [`${AT}refs/heads/main`, "main", true],
    [`${AT.replace("acme", "Acme")}refs/heads/main`, "main", true],
    [`${AT}refs/heads/main2`, "main", false],
    [`${AT}refs/tags/main`, "main", false],
    [`${AT}refs/tags/v1.2.0`, "v*", true],
    [`${AT}refs/heads/v1.2.0`, "v*", false],
    [`${AT}refs/tags/v1/x`, "v*", false],
    [`${AT}refs/heads/main`, undefined, false],
    [`${AT.replace("deploy", "drift")}refs/heads/main`, "main", false],
    [`${AT.replace("releases", "releases-fork")}refs/heads/main`, "main", false],
    [`https://evil.example/${AT}refs/heads/main`, "main", false],
    [AT.slice(0, -1), "main", false],
    [`${AT}refs/heads/main@refs/heads/x`, "main", false],
  ] as const) {
    it(`${expected ? "is" : "isn't"} ${subject} for ${ref ?? "no ref"}`, () => {
      assert.equal(isPromoter(subject, PAGE, ref), expected);
    });
  }
});
