import { folder, link } from "../../support/repository";
import { ORDERS, STACK, type BadInput } from "./parts";

/** Files and folders, before a byte of them means anything. */
export const FILES: readonly BadInput[] = [
  {
    code: "unreadable",
    shows: "A folder where a stack config is expected.",
    files: { "service/shop.yaml": ORDERS, "Pulumi.testing.yaml": folder },
    at: "Pulumi.testing.yaml:1:1",
    says: "this isn't a file; remove it",
  },
  {
    code: "unreadable",
    shows: "A folder where environments.yaml is expected.",
    files: { "service/shop.yaml": ORDERS, "environments.yaml": folder },
    at: "environments.yaml:1:1",
    says: "this isn't a file; remove it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "Another ending.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yml": ORDERS },
    at: "service/catalog.yml:1:1",
    says: "only *.yaml is read, so this file has no effect; rename it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "Capitals.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.YAML": ORDERS },
    at: "service/catalog.YAML:1:1",
    says: "only *.yaml is read, so this file has no effect; rename it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "A link to a folder, which could lead back to itself.",
    files: { "service/shop/shop.yaml": ORDERS, "service/store": link("shop") },
    at: "service/store:1:1",
    says: "a link to a folder isn't followed; move the files here",
  },
  ...(
    [
      [
        "environments.yml",
        "only environments.yaml is read, so this file has no effect; rename it, or remove it",
        "A promotion path with another ending.",
      ],
      [
        "Environments.yaml",
        "only environments.yaml is read, so this file has no effect; rename it, or remove it",
        "A promotion path with a capital.",
      ],
      [
        "Pulumi.testing.yml",
        "only Pulumi.testing.yaml is read, so this file has no effect; rename it, or remove it",
        "A stack config with another ending.",
      ],
      [
        "pulumi.testing.yaml",
        "only Pulumi.testing.yaml is read, so this file has no effect; rename it, or remove it",
        "A stack config without the capital.",
      ],
      [
        "Pulumi.a b.yaml",
        "the name of a stack has letters, digits, dots, dashes and underscores alone, so this file has no effect; rename it",
        "A stack config of no stack.",
      ],
    ] as const
  ).map(([file, says, shows]): BadInput => ({
    ...{ code: "ignored-file", severity: "warning", shows },
    files: { "service/shop.yaml": ORDERS, [file]: "config: {}\n" },
    ...{ at: `${file}:1:1`, says },
  })),
  {
    code: "ignored-file",
    severity: "warning",
    shows: "A folder of many services, as Kayron reads.",
    files: { "service/shop.yaml": ORDERS, "services/more.yaml": ORDERS },
    at: "services:1:1",
    says: "only service/ is read, so no file here has an effect; move the files there",
  },
  {
    code: "folder-named-yaml",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml/catalog.yaml": ORDERS },
    at: "service/catalog.yaml:1:1",
    says: "a folder whose name ends in .yaml isn't read; rename it, or make it a file",
  },
  {
    code: "link",
    shows: "A list file that stands elsewhere in the repository.",
    files: {
      "teams/catalog.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      "service/catalog.yaml": link("../teams/catalog.yaml"),
    },
    at: "service/catalog.yaml:1:1",
    says: "this is a link, of which a commit has only the name; put the file here",
  },
  {
    code: "link",
    shows: "A folder of the list, outside of the repository.",
    files: {
      "../elsewhere/catalog.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      infrastructure: link("../elsewhere"),
    },
    at: "infrastructure:1:1",
    says: "this is a link, of which a commit has only the name; put the folder here",
  },
  {
    code: "link",
    shows: "A stack config.",
    files: {
      "stacks/testing.yaml": STACK,
      "service/shop.yaml": ORDERS,
      "Pulumi.testing.yaml": link("stacks/testing.yaml"),
    },
    at: "Pulumi.testing.yaml:1:1",
    says: "this is a link, of which a commit has only the name; put the file here",
  },
  {
    code: "link",
    shows: "A link that leads nowhere.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml": link("moved.yaml") },
    at: "service/catalog.yaml:1:1",
    says: "this is a link, of which a commit has only the name; put the file here",
  },
  {
    code: "link",
    shows: "A submodule.",
    files: {
      "service/shop.yaml": ORDERS,
      "service/team/.git": "gitdir: x",
      "service/team/a.yaml": ORDERS,
    },
    at: "service/team:1:1",
    says: "this is a git repository of its own, of which a commit has only the id; put its files here",
  },
  {
    code: "file-too-large",
    shows: "10 MB of garbage.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/garbage.yaml": new Uint8Array(10_000_000).map((_, index) => (index * 7919) % 256),
    }),
    at: "service/garbage.yaml:1:1",
    says: "the file is larger than 1048576 bytes; split it",
  },
  {
    code: "file-too-large",
    shows: "One byte too many.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/long.yaml": ORDERS.padEnd(1024 * 1024 + 1),
    }),
    at: "service/long.yaml:1:1",
    says: "the file is larger than 1048576 bytes; split it",
  },
  {
    code: "invalid-utf8",
    shows: "Latin-1, as old editors write it.",
    files: {
      "service/shop.yaml": Buffer.from("- github: orders\n  team: caf\xe9\n", "latin1"),
    },
    at: "service/shop.yaml:2:12",
    says: "the file is not UTF-8 text; save it as UTF-8",
  },
  {
    code: "invalid-utf8",
    shows: "UTF-16.",
    files: { "service/shop.yaml": Buffer.from("\uFEFF- github: orders\n", "utf16le") },
    at: "service/shop.yaml:1:1",
    says: "the file is not UTF-8 text; save it as UTF-8",
  },
  {
    code: "byte-order-mark",
    files: { "service/shop.yaml": `\uFEFF${ORDERS}` },
    at: "service/shop.yaml:1:1",
    says: "the file starts with a byte order mark; save it as UTF-8 without one",
  },
  {
    code: "empty-file",
    shows: "Nothing at all.",
    files: { "service/shop.yaml": ORDERS, "service/store.yaml": "" },
    at: "service/store.yaml:1:1",
    severity: "warning",
    says: "the file is empty; remove it, or write what belongs in it",
  },
  {
    code: "empty-file",
    shows: "Only a comment.",
    files: { "service/shop.yaml": ORDERS, "service/store.yaml": "# Nothing yet.\n" },
    at: "service/store.yaml:1:1",
    severity: "warning",
    says: "the file is empty; remove it, or write what belongs in it",
  },
  {
    code: "empty-file",
    shows: "An empty document.",
    files: { "service/shop.yaml": ORDERS, "service/store.yaml": "---\n" },
    at: "service/store.yaml:1:1",
    severity: "warning",
    says: "the file holds no data; remove it, or write what belongs in it",
  },
  {
    code: "no-list",
    shows: "No folder for it.",
    files: { "README.md": "Releases\n" },
    at: "service:1:1",
    says: "the release list is missing; write one in service/ or infrastructure/, as *.yaml",
  },
  {
    code: "no-list",
    shows: "Files without a definition.",
    files: { "service/shop.yaml": "# Nothing yet.\n" },
    at: "service:1:1",
    says: "the release list has no definition; write one in service/ or infrastructure/, as *.yaml",
    also: [
      {
        code: "empty-file",
        at: "service/shop.yaml:1:1",
        says: "the file is empty; remove it, or write what belongs in it",
        severity: "warning",
      },
    ],
  },
  {
    code: "no-list",
    shows: "A dot file isn't read.",
    files: { "service/.shop.yaml": ORDERS },
    at: "service:1:1",
    says: "the release list is missing; write one in service/ or infrastructure/, as *.yaml",
  },
];
