import assert from "node:assert/strict";
import { isPromoter } from "../../../src/core/verify/promotion";
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
