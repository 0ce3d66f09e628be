import type { IssueCode } from "../../../src/core/input/issue-codes";
import type { Severity } from "../../../src/core/input/issue";
import type { Files } from "../../support/repository";
import { text } from "../../support/text";

/** One expected finding. */
export interface Finding {
  readonly code: IssueCode;
  /** `file:line:column`. */
  readonly at: string;
  /** The whole message. */
  readonly says: string;
  /** Default: `error`. */
  readonly severity?: Severity;
}

/** A repository that isn't right, and the finding that it is here for. */
export interface BadInput extends Finding {
  /** What a reader should see in it, when the code has several entries. */
  readonly shows?: string;
  /** The repository's files; a function makes those that are too large to be written down. */
  readonly files: Files | (() => Files);
  /** The repository of acme/orders, a service: the finding is about what it publishes. */
  readonly service?: Readonly<Record<string, string>>;
  /** A pin that `bump` would set in the first stack config: the finding is about the edit. */
  readonly bump?: { readonly name: string; readonly version: string };
  /** Findings that nobody can have the first one without. */
  readonly also?: readonly Finding[];
}

/** A list with nothing wrong in it. */
export const ORDERS = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0 }
`;

/** Two entries without an image. */
export const TEMPLATES = text`
  - github: network
    provider: cloudformation
    deploy: { release: v0.5.8 }
  - github: dns
    provider: cloudformation
    deploy: { release: v0.3.0 }
`;

/** What every stack config here starts with. */
export const STACK = text`
  config:
    pulumi:disable-default-providers: ["*"]
`;

/** A stack that runs images from elsewhere and declares no registry. */
export const EXTERNAL = text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:cluster: { context: acme-testing }
    releases:registry: { role: external, host: ghcr.io/acme }
`;

/** A stack with an AWS account; its registry comes next. */
export const AWS = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
    releases:cluster: { context: acme-testing }
`;

/** A stack that runs CloudFormation templates; where they are comes next. */
export const CLOUDFORMATION = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
`;

/** A stack config with further keys. */
export function config(start: string, keys: string): string {
  return start + keys.replaceAll(/^(?=.)/gm, "  ");
}

/** A stack config beside a list, by default of one service. */
export function stack(start: string, keys: string, list = ORDERS): Files {
  return { "service/shop.yaml": list, "Pulumi.testing.yaml": config(start, keys) };
}

/** Definitions of services that have nothing but a name. */
export function services(count: number, name: (index: number) => string): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `- { github: ${name(index)}, docker: ${name(index)}, deploy: { release: v1.0.0 } }\n`,
  ).join("");
}
