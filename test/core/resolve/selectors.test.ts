import assert from "node:assert/strict";
import { choose } from "../../../src/core/resolve/choice";
import { offersOfTags } from "../../../src/core/resolve/offers";
import { isRange } from "../../../src/core/version";
import { documentText } from "../../support/documents";
import { service } from "../../support/model";

/** A row of the table in docs/resolve.md: what others select of tags, and what is selected here. */
interface Row {
  readonly name: string;
  readonly range: string;
  readonly tags: readonly string[];
  readonly theirs: string;
  readonly here: string;
  readonly why: string;
}

const rows: readonly Row[] = documentText("docs/resolve.md")
  .split("\n")
  .filter((line) => /^\| (?:Flux|Kargo|Both): /.test(line))
  .map((line) => {
    const cells = line.split(" | ").map((cell) => cell.replaceAll(/^\||\|$|`/g, "").trim());
    const [name = "", range = "", tags = "", theirs = "", here = "", why = ""] = cells;
    return { name, range, tags: tags.split(" "), theirs, here, why };
  });

/** Returns the tag that is selected, as it is spelled. */
function selected({ range, tags }: Row): string {
  if (!isRange(range)) return "refused";
  const hasV = tags[0]?.startsWith("v") === true;
  const pattern = hasV ? "v{version}" : "{version}";
  const orders = service("orders", { tags: { github: pattern, image: pattern } });
  const offers = offersOfTags(
    orders,
    tags.map((name) => ({ name })),
    {},
  );
  const { offer } = choose(offers, undefined, {
    range,
    ...{ where: "no tag", advice: "push one" },
    rejected: new Set(),
    firstPinned: () => undefined,
    now: new Date(0),
  });
  if (offer === undefined) return "nothing";
  return hasV ? offer.version.text : offer.version.text.slice(1);
}

describe("what Flux and Kargo select, and what is selected here", () => {
  it("are some", () => assert.ok(rows.length >= 17, String(rows.length)));

  for (const row of rows) {
    it(`${row.name}: ${row.here}`, () => {
      assert.equal(selected(row), row.here);
      assert.equal(row.why === "" || row.theirs === row.here, row.theirs === row.here);
    });
  }
});
