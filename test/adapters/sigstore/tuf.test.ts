import assert from "node:assert/strict";
import * as fs from "node:fs";
import { trustRootFrom } from "../../../src/adapters/sigstore/tuf";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { TufRepository } from "../../support/tuf";

describe("the trust root of a TUF repository", () => {
  let repository: TufRepository;
  let initial: string;

  beforeEach(async () => {
    repository = await TufRepository.start('{"root":1}');
    ({ initial } = repository);
  });
  afterEach(() => repository.stop());

  const newest = (): Promise<string> => trustRootFrom(repository.address, initial);
  it("is what it has today, and nothing is kept for the next time", async () => {
    const folder = folderOf({});
    const restore = setEnvironment({ TMPDIR: folder });
    try {
      assert.equal(await newest(), '{"root":1}');
      repository.publish('{"root":2}');
      assert.equal(await newest(), '{"root":2}');
    } finally {
      restore();
    }
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("is found through roots that each sign the next", async () => {
    repository.rotate();
    repository.rotate();
    repository.publish('{"root":3}');
    assert.equal(await newest(), '{"root":3}');
    assert.ok(repository.asked.includes("3.root.json"));
  });

  const ATTACKS: Readonly<Record<string, () => void | Promise<void>>> = {
    "a target that nobody signed": () => {
      repository.files.set("targets/trusted_root.json", '{"root":9}');
    },
    "targets that another key signed": async () => {
      const other = await TufRepository.start('{"root":9}');
      other.stop();
      for (const file of ["targets.json", "targets/trusted_root.json"]) {
        repository.files.set(file, other.files.get(file) ?? "");
      }
    },
    "a whole repository of another one, from its second root on": async () => {
      const other = await TufRepository.start('{"root":9}');
      other.stop();
      other.rotate();
      other.publish('{"root":9}');
      for (const [file, text] of other.files)
        if (file !== "1.root.json") repository.files.set(file, text);
    },
    "metadata that has expired": () => repository.publish('{"root":2}', -1),
    "no target": () => {
      repository.files.delete("targets/trusted_root.json");
    },
  };

  for (const [attack, make] of Object.entries(ATTACKS)) {
    it(`isn't taken: ${attack}`, async () => {
      await make();
      const message = new RegExp(`^${repository.address} gives no trust root: \\S`);
      await assert.rejects(newest(), (cause: Error & { kind?: string }) => {
        assert.equal(cause.kind, "outside");
        assert.match(cause.message, message);
        return true;
      });
    });
  }

  it("of a repository whose first root nobody has is none", async () => {
    await assert.rejects(trustRootFrom(repository.address, undefined), { kind: "outside" });
    assert.deepEqual(repository.asked, []);
  });
});
