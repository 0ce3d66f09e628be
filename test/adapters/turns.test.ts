import assert from "node:assert/strict";
import { Turns } from "../../src/adapters/turns";

describe("Turns", () => {
  it("lets no more run at once than there are, one after the other, failures included", async () => {
    const turns = new Turns(3);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const tasks = Array.from({ length: 20 }, (_, index) =>
      turns.take(async () => {
        begun.push(index);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, index % 4));
        running--;
        if (index % 5 === 0) throw new Error(`${index} fails`);
        return index;
      }),
    );
    const results = await Promise.allSettled(tasks);
    assert.equal(most, 3);
    assert.deepEqual(
      begun,
      [...begun].sort((a, b) => a - b),
    );
    assert.equal(results.filter(({ status }) => status === "rejected").length, 4);
    assert.equal(await turns.take(() => Promise.resolve("free")), "free");
  });
});
