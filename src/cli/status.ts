import { evaluateGates, PROMOTION_GATES } from "../core/promotion/gates";
import { differences, moveOf } from "../core/promotion/moves";
import { statusOf, type EnvironmentStatus, type Next } from "../core/promotion/status";
import { runAt, targetOf } from "../core/promotion/gate-input";
import { EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import {
  EnvironmentReader,
  newestFirst,
  type EnvironmentState,
  type Since,
} from "../app/environments";
import { statusHtml } from "../format/status-html";
import { statusMarkdown, statusText } from "../format/status";

/** Shows services by environments: what runs, how far it is behind, what blocks the next promotion. */
export function status(args: string[], { path, json, format }: Options, io: Io): ExitCode {
  if (args.length > 0) throw new UsageError("status takes no service: it shows all of them");
  const now = new Date();
  const reader = new EnvironmentReader(path, io);
  const states = new Map(
    [...reader.environments.values()].map((environment) => [
      environment.name,
      reader.atRef(environment),
    ]),
  );
  const since = reader.since(reader.environments.values());
  const found = statusOf(
    [...states.values()].map((state): EnvironmentStatus => {
      const { name, from = "" } = state.environment;
      const upstream = states.get(from);
      return {
        name,
        running: state.running,
        tree: reader.inTree(state.environment).running,
        next: upstream === undefined ? new Map() : nextOf(upstream, state, since, now),
        since: (service, pin) => {
          const at = since(name, service, pin);
          return at instanceof Date ? at : undefined;
        },
      };
    }),
  );
  if (json) io.out(JSON.stringify(found, null, 2));
  else if (format === "markdown") io.out(statusMarkdown(found));
  else if (format === "html") {
    io.out(statusHtml(found, newestFirst(reader.history(reader.environments.values())), now));
  } else if (format === undefined || format === "text") io.out(statusText(found));
  else throw new UsageError(`no format "${format}"; there are text, markdown and html`);
  return EXIT.fine;
}

/** A promotion asks registries for digests and images, and GitHub for releases. A look at it doesn't. */
const { digest: _digest, artifact: _artifact, release: _release, ...LOCAL_GATES } = PROMOTION_GATES;

/** Returns what a promotion would move, with what gates say that need no network. */
function nextOf(
  upstream: EnvironmentState,
  state: EnvironmentState,
  since: Since,
  now: Date,
): Map<string, Next> {
  const moving = differences(upstream.running, state.running, state.environment);
  const targets = state.plans.map((plan) => targetOf(runAt(plan, moving), now));
  return new Map(
    moving.flatMap(({ service, current, pin, upstream: from }) => {
      const target = targets.find(({ owned }) => owned.has(service.name));
      if (target === undefined) return [];
      const candidate = {
        service,
        pin,
        ...(current !== undefined && { current }),
        upstream: {
          environment: upstream.environment.name,
          pin: from,
          since: since(upstream.environment.name, service.name, from),
        },
      };
      const gates = evaluateGates(LOCAL_GATES, candidate, target);
      const { step } = moveOf(service.name, current ?? {}, pin);
      return [[service.name, { step, pin, gates }] as const];
    }),
  );
}
