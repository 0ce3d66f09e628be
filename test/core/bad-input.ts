import { DEFINITIONS } from "./bad-input/definitions";
import { EVIDENCE } from "./bad-input/evidence";
import { FILES } from "./bad-input/files";
import { GATES } from "./bad-input/gates";
import { HOW_IT_RUNS } from "./bad-input/how-it-runs";
import { KAYRON_LISTS } from "./bad-input/kayron";
import { LIST } from "./bad-input/list";
import { PATH } from "./bad-input/path";
import { PINS } from "./bad-input/pins";
import { PREVIEWS } from "./bad-input/previews";
import { PUBLICATION } from "./bad-input/publication";
import { REGISTRY } from "./bad-input/registry";
import { SHAPE } from "./bad-input/shape";
import { STACK_KEYS } from "./bad-input/stack-keys";
import { TOGETHER } from "./bad-input/together";
import { YAML } from "./bad-input/yaml";
import type { BadInput } from "./bad-input/parts";

export type { BadInput, Finding } from "./bad-input/parts";

/**
 * Bad input and what is said about it: small repositories, at least one for every finding that there
 * is. The tests hold the program to it, and docs/issue-codes.md is written from it.
 */
export const BAD_INPUT: readonly BadInput[] = [
  ...FILES,
  ...YAML,
  ...SHAPE,
  ...DEFINITIONS,
  ...HOW_IT_RUNS,
  ...LIST,
  ...KAYRON_LISTS,
  ...PATH,
  ...STACK_KEYS,
  ...PINS,
  ...GATES,
  ...REGISTRY,
  ...PREVIEWS,
  ...TOGETHER,
  ...EVIDENCE,
  ...PUBLICATION,
];
