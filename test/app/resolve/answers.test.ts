import assert from "node:assert/strict";
import { Answers } from "../../../src/app/resolve/answers";

describe("answers", () => {
  it("are asked for once, by subject and question, until the subject is forgotten", async () => {
    const answers = new Answers();
    const asked: string[] = [];
    const ask = (subject: string, question: string): Promise<string> =>
      answers.once(subject, question, () => {
        asked.push(`${subject} ${question}`);
        return Promise.resolve(`${asked.length}`);
      });
    assert.deepEqual(
      await Promise.all([ask("a", "x"), ask("a", "x"), ask("a", "y"), ask("b", "x")]),
      ["1", "1", "2", "3"],
    );
    answers.forget("A");
    assert.deepEqual(await Promise.all([ask("b", "x"), ask("a", "x"), ask("a", "x")]), [
      "3",
      "4",
      "4",
    ]);
    assert.deepEqual(asked, ["a x", "a y", "b x", "a x"]);
  });

  it("that fail, fail for everybody who asks", async () => {
    const answers = new Answers();
    let times = 0;
    const ask = (): Promise<never> =>
      answers.once("a", "x", () => Promise.reject(new Error(`down ${(times += 1)}`)));
    const [first, second] = await Promise.allSettled([ask(), ask()]);
    assert.deepEqual(
      [first, second].map((one) => one.status),
      ["rejected", "rejected"],
    );
    assert.equal(times, 1);
  });
});
