/** Returns the nodes that one node leads to. */
type Next<Node> = (node: Node) => Iterable<Node>;

/**
 * Returns each cycle once, from the node of it that the search meets first. The search goes through the
 * nodes in their order, and keeps a stack of its own: a chain may be as long as the list.
 */
export function cycles<Node>(nodes: Iterable<Node>, next: Next<Node>): Node[][] {
  const found: Node[][] = [];
  search(nodes, next, { cycle: (nodes) => found.push(nodes) });
  return found;
}

/**
 * Returns the nodes, each after those that it leads to, and in their own order where none decides. In a
 * cycle the node that comes first in their own order comes last.
 */
export function inDependencyOrder<Node>(nodes: Iterable<Node>, next: Next<Node>): Node[] {
  const ordered: Node[] = [];
  search(nodes, next, { leave: (node) => ordered.push(node) });
  return ordered;
}

interface Visitor<Node> {
  readonly cycle?: (nodes: Node[]) => void;
  /** Called once for each node, after all that it leads to. */
  readonly leave?: (node: Node) => void;
}

function search<Node>(nodes: Iterable<Node>, next: Next<Node>, visitor: Visitor<Node>): void {
  const left = new Set<Node>();
  for (const start of nodes) {
    if (left.has(start)) continue;
    const path: { node: Node; rest: Iterator<Node> }[] = [];
    const depths = new Map<Node, number>();
    const enter = (node: Node): void => {
      depths.set(node, path.length);
      path.push({ node, rest: next(node)[Symbol.iterator]() });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.rest.next();
      if (step.done === true) {
        path.pop();
        depths.delete(top.node);
        left.add(top.node);
        visitor.leave?.(top.node);
      } else if (depths.has(step.value)) {
        visitor.cycle?.(path.slice(depths.get(step.value)).map(({ node }) => node));
      } else if (!left.has(step.value)) {
        enter(step.value);
      }
    }
  }
}
