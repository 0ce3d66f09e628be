import assert from "node:assert/strict";
import { consoleCommands, documentText, DOCUMENTS, isOfWalk, outputOf } from "./support/documents";

// The documents show what the commands print for the sample at the root. A fork with data of its own
// deletes this file.
describe("the documents' examples of the sample", () => {
  const commands = DOCUMENTS.flatMap(consoleCommands).filter((command) => !isOfWalk(command));

  for (const { command, output } of commands) {
    it(`show what ${command} prints`, () => {
      assert.equal(outputOf(command), output);
    });
  }

  it("are some", () => {
    assert.ok(commands.length >= 4, `${commands.length} commands`);
  });

  it("show what npm start ends with", () => {
    const [, shown = "nothing"] =
      /`npm start` ends with:\n\n```text\n([^]*?)```/.exec(documentText("README.md")) ?? [];
    const printed = outputOf("npm start");
    assert.ok(printed.endsWith(shown), printed.slice(-shown.length));
  });
});
