import type { Io } from "./command";

/** Says on a terminal how far something is that takes more than a second; says nothing elsewhere. */
export class Progress {
  readonly #io: Io;
  readonly #text: (done: number) => string;
  readonly #timer: NodeJS.Timeout | undefined;
  #done = 0;
  #shown = false;

  constructor(io: Io, text: (done: number) => string) {
    this.#io = io;
    this.#text = text;
    if (io.progress !== undefined) {
      this.#timer = setInterval(() => this.#show(), 1000);
    }
  }

  step(): void {
    this.#done++;
    if (this.#shown) this.#show();
  }

  /** Takes the line away again: what comes next is the result. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#shown) this.#io.progress?.("");
  }

  #show(): void {
    this.#shown = true;
    this.#io.progress?.(this.#text(this.#done));
  }
}
