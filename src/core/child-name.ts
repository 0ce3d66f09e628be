/**
 * Returns the logical name of a component's child: its key alone in the one instance that every stack has,
 * whose URNs were made so (`api`), and after the component's name in any other (`eu-api`), which would
 * collide otherwise.
 * @param name the component's name
 * @param defaultName the name of the instance whose children are named by their keys alone
 */
export function childName(name: string, defaultName: string, key: string): string {
  return name === defaultName ? key : `${name}-${key}`;
}
