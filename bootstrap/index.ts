import * as path from "node:path";
import { bootstrap } from "./program";

export const { roles, guarded } = bootstrap(path.join(__dirname, ".."));
