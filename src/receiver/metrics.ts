import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Pending } from "../adapters/intents/intent-store";

/** The receiver in figures, as Prometheus reads them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #deliveries = new Counter({
    name: "releases_deliveries_total",
    help: "Deliveries by what became of them.",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });
  readonly #answers = new Histogram({
    name: "releases_answer_seconds",
    help: "Time from a delivery to its answer.",
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 10],
    registers: [this.#registry],
  });
  readonly #pending = new Gauge({
    name: "releases_pending_intents",
    help: "Intents that aren't done.",
    registers: [this.#registry],
  });
  readonly #failing = new Gauge({
    name: "releases_failing_intents",
    help: "Intents that work has failed on, and which are tried again.",
    registers: [this.#registry],
  });
  readonly #oldest = new Gauge({
    name: "releases_oldest_intent_seconds",
    help: "Age of the oldest intent that is due.",
    registers: [this.#registry],
  });
  readonly #works = new Counter({
    name: "releases_works_total",
    help: "Rounds of work by how they ended.",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });

  readonly contentType = this.#registry.contentType;

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Begins to measure an answer. Returns what ends it. */
  answering(): () => void {
    return this.#answers.startTimer();
  }

  delivered(outcome: string): void {
    this.#deliveries.inc({ outcome });
  }

  worked(outcome: "done" | "failed"): void {
    this.#works.inc({ outcome });
  }

  /** Takes what isn't done at a time, in milliseconds since 1970. */
  waiting(pending: readonly Pending[], now: number): void {
    const due = pending.filter((one) => one.due <= now);
    this.#pending.set(pending.length);
    this.#failing.set(pending.filter(({ failures }) => failures > 0).length);
    this.#oldest.set(Math.max(0, ...due.map(({ receivedAt }) => now - receivedAt)) / 1000);
  }
}
