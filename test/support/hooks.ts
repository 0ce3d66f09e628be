import { removeFolders } from "./folder";

/** What mocha does around all tests: a process that it ends by itself runs nothing at its exit. */
export const mochaHooks = { afterAll: removeFolders };
