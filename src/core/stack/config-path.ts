/** Keys and indices from the top of a stack config's file. */
export type ConfigPath = readonly (string | number)[];

/**
 * Returns a path as `pulumi config set --path` takes it: `releases:versions.orders`, and in brackets what dots
 * and brackets would cut, `releases:versions["shop.orders"]`. The key `config` at the top of the file is left
 * out, as in Pulumi's own paths.
 */
export function configPath(path: ConfigPath): string {
  const steps = path[0] === "config" && path.length > 1 ? path.slice(1) : path;
  return steps.reduce<string>((text, step, index) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/["[\].\\]/.test(step) || step === "") {
      return `${text}["${step.replaceAll(/["\\]/g, "\\$&")}"]`;
    }
    return index === 0 ? step : `${text}.${step}`;
  }, "");
}
