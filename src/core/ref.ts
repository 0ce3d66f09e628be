/** The kinds of refs, by the beginning of their full names. */
const PREFIXES = {
  branch: "refs/heads/",
  tag: "refs/tags/",
  remote: "refs/remotes/",
} as const;

/** A kind of refs. */
export type RefKind = keyof typeof PREFIXES;

/** A ref of git: a branch, a tag (or a pattern of tags), or a remote's branch as it was fetched. */
export class Ref {
  readonly kind: RefKind;
  /** Its name in prose: `main`, `v1.2.0`, `v*`, `origin/main`. */
  readonly name: string;

  private constructor(kind: RefKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Returns the branch of a name, such as `main`. */
  static branch(name: string): Ref {
    return new Ref("branch", name);
  }

  /** Returns the tag of a name, such as `v1.2.0`, or the pattern of tags, such as `v*`. */
  static tag(name: string): Ref {
    return new Ref("tag", name);
  }

  /** Returns a branch of a remote as it was fetched: `main` of `origin`. */
  static remote(remote: string, name: string): Ref {
    return new Ref("remote", `${remote}/${name}`);
  }

  /** Returns the ref of a full name, `refs/heads/main`; undefined for any other text. */
  static parse(fullName: string): Ref | undefined {
    for (const kind of Object.keys(PREFIXES) as RefKind[]) {
      const prefix = PREFIXES[kind];
      if (fullName.length > prefix.length && fullName.startsWith(prefix)) {
        return new Ref(kind, fullName.slice(prefix.length));
      }
    }
    return undefined;
  }

  /** Returns the ref that a `ref` of environments.yaml means: tags where it has a `*`, else a branch. */
  static ofEnvironment(ref: string): Ref {
    return ref.includes("*") ? Ref.tag(ref) : Ref.branch(ref);
  }

  /** The whole name, in git's and GitHub's spelling: `refs/heads/main`. */
  get fullName(): string {
    return `${PREFIXES[this.kind]}${this.name}`;
  }

  /** Whether it is a pattern, which several tags match. Git allows no `*` in the name of a ref. */
  get isPattern(): boolean {
    return this.name.includes("*");
  }

  /** Whether another ref is this one, or matches this pattern: `*` is any text without a `/`, as to git. */
  matches(other: Ref): boolean {
    const text = this.fullName.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
    return new RegExp(`^${text}$`).test(other.fullName);
  }

  /** Its name in GitHub's REST API, which leaves out `refs/`: `heads/main`. */
  get apiName(): string {
    return this.fullName.slice("refs/".length);
  }

  /** Whether another ref has the same full name. */
  equals(other: Ref): boolean {
    return this.fullName === other.fullName;
  }

  /** Its full name, as JSON has it. */
  toJSON(): string {
    return this.fullName;
  }

  /** Its full name. */
  toString(): string {
    return this.fullName;
  }
}
