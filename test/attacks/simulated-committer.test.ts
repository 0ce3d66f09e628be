import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder";
import { Dice } from "../support/random-history";
import { Simulation, type Outcome } from "./committer/simulation";

/** Changes that one repository sees. */
const STEPS = 12;

describe("a simulated committer", () => {
  const wanted = process.env["DEEP"] === undefined ? Number(process.env["CHANGES"] ?? 50) : 10_000;
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

  it(`brings nothing that should wait to staging or production in ${wanted} changes (SEED=${seed})`, async function () {
    this.timeout(60_000 + wanted * 3000);
    const folder = temporaryFolder();
    const outcomes: Outcome[] = [];
    const count = (is: (outcome: Outcome) => boolean): number => outcomes.filter(is).length;
    const kinds = (): [number, number] => [
      count(({ waited }) => waited),
      count(({ passed }) => passed),
    ];
    // Of few changes the dice may let too few of one kind come: then more of them are made.
    const isDone = (): boolean =>
      outcomes.length >= wanted && kinds().every((some) => some > wanted / 5);
    for (let sequence = seed; !isDone() && outcomes.length < 3 * wanted; sequence++) {
      const simulation = new Simulation(folder, new Dice(sequence));
      for (let step = 1; step <= STEPS; step++) {
        for (const outcome of await simulation.step()) {
          const { what, falsePasses, falseRefusals } = outcome;
          const at = `SEED=${sequence}, step ${step}, ${what}`;
          assert.deepEqual(falsePasses, [], `passes and should wait: ${at}`);
          assert.deepEqual(falseRefusals, [], `is honest and refused: ${at}`);
          outcomes.push(outcome);
        }
      }
    }
    const [waited, passed] = kinds();
    assert.ok(
      waited > wanted / 5 && passed > wanted / 5,
      `${waited} had to wait, ${passed} passed`,
    );
  });
});
