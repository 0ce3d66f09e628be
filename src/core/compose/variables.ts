import { compareText } from "../compare-text";

/** A variable of a Compose file, whose value is left to who runs it. */
export interface Variable {
  readonly name: string;
  /** The service that has it, by its name. */
  readonly service: string;
  /** What it is in the cluster, `DATABASE_PASSWORD, key password of the secret database`. */
  readonly source: string;
}

/** The variables that a Compose file takes from its environment, each with a name of its own. */
export class Variables {
  readonly #found = new Map<string, Variable>();

  /** Returns the text that Compose replaces by the variable's value: `${CATALOG_DATABASE_PASSWORD}`. */
  add(service: string, key: string, source: string): string {
    const wanted = `${service}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
    const base = /^\d/.test(wanted) ? `_${wanted}` : wanted;
    let name = base;
    for (let count = 2; this.#found.has(name); count += 1) name = `${base}_${count}`;
    this.#found.set(name, { name, service, source: `${key}, ${source}` });
    return `\${${name}}`;
  }

  /** All of them, by name. */
  get all(): Variable[] {
    return [...this.#found.values()].sort((a, b) => compareText(a.name, b.name));
  }
}

/** Returns a text that Compose takes as it is. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/**
 * Returns a text of a container as Kubernetes reads it, for Compose: `$(NAME)` is the value of a variable that is
 * known, else stays as it is, and `$$` is a dollar sign.
 * @param known texts for Compose, by name
 */
export function expanded(text: string, known: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:\$|\(([^)]*)\))?/g,
    (whole, name: string | undefined) =>
      (name === undefined ? undefined : known.get(name)) ?? literal(whole === "$$" ? "$" : whole),
  );
}
