import type { Progress, Reporter } from "../app/reporter";
import { formatNotice, formatProgress } from "../format/notices";
import type { Io } from "./io";

/** Something that takes less than this isn't worth a line. */
const PATIENCE_MILLISECONDS = 1000;

/** Prints notices to stderr, and shows progress on a terminal once something takes more than a second. */
export class TerminalReporter implements Reporter {
  readonly #io: Io;
  #latest: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(io: Io) {
    this.#io = io;
  }

  notice: Reporter["notice"] = (notice) => this.#io.err(formatNotice(notice));

  progress: Reporter["progress"] = (progress) => {
    if (this.#io.progress === undefined) return;
    this.#latest = progress;
    if (progress === undefined) this.#end();
    else if (this.#isShown) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), PATIENCE_MILLISECONDS);
  };

  #show(): void {
    if (this.#latest === undefined) return;
    this.#isShown = true;
    this.#io.progress?.(formatProgress(this.#latest));
  }

  /** Takes the line away: the result comes next. */
  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isShown) this.#io.progress?.("");
    this.#isShown = false;
  }
}
