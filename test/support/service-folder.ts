import type { ServiceFolder } from "../../src/app/publish/service-repository";

/** The repository of a service, made of values. */
export class TestServiceFolder implements ServiceFolder {
  readonly name = "orders";
  readonly texts: Map<string, string>;
  readonly #github: string;
  readonly #mainBranch: string;

  /** @param github empty: it has no origin there */
  constructor(
    texts: Readonly<Record<string, string>> = {},
    github = "acme/orders",
    mainBranch = "main",
  ) {
    this.texts = new Map(Object.entries(texts));
    this.#github = github;
    this.#mainBranch = mainBranch;
  }

  read = (file: string): string | undefined => this.texts.get(file);
  write = (file: string, text: string): void => void this.texts.set(file, text);
  remove = (file: string): void => void this.texts.delete(file);
  github = (): string | undefined => (this.#github === "" ? undefined : this.#github);
  mainBranch = (): string => this.#mainBranch;

  charts = () =>
    [...this.texts].flatMap(([file, text]) =>
      /(?:^|\/)Chart\.yaml$/.test(file) ? [{ file, bytes: new TextEncoder().encode(text) }] : [],
    );

  buildable = (): string[] =>
    [...this.texts.keys()].flatMap((file) => {
      const [, folder] = /^(?:(.*)\/)?Dockerfile$/.exec(file) ?? [file];
      return file.endsWith("Dockerfile") ? [folder ?? "."] : [];
    });
}
