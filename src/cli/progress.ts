import type { Terminal } from './terminal.ts';
import { formatCount, formatDuration } from './format/duration.ts';
import { cutToWidth } from './format/text-width.ts';

export interface ProgressState {
  /** What is counted for people: threads, items. */
  readonly count: number;
  /** How much of the whole is done, in the unit of `total`. */
  readonly done: number;
  /** Left out where the whole is not known, as for a pipe: then there is no bar and no end in sight. */
  readonly total?: number;
}

export interface ProgressOptions {
  /** `Importing`. */
  readonly verb: string;
  /** What `count` counts, in the plural: `threads`. */
  readonly noun: string;
  /** Milliseconds that never run back. Default: `performance.now`. */
  readonly now?: () => number;
}

const redrawEveryMs = 100;
const lineEveryMs = 5000;

/**
 * Progress on stderr: a bar with rate and remaining time that redraws itself on a terminal, and a
 * plain line every five seconds elsewhere. `finish` leaves the terminal as it was.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  readonly #startedMs: number;
  #shownMs: number;
  #isDrawn = false;

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
    this.#startedMs = this.#now();
    // A bar appears with the first update; a log has no use for a line about nothing.
    this.#shownMs = terminal.isErrTty ? -redrawEveryMs : this.#startedMs;
  }

  update(state: ProgressState): void {
    const nowMs = this.#now();
    const { isErrTty, err } = this.#terminal;
    if (nowMs - this.#shownMs < (isErrTty ? redrawEveryMs : lineEveryMs)) return;
    this.#shownMs = nowMs;
    const text = progressLine(this.#options, state, nowMs - this.#startedMs);
    if (!isErrTty) {
      err.write(`${text}\n`);
      return;
    }
    this.#isDrawn = true;
    err.write(`\r\u001b[2K${cutToWidth(bar(state) + text, this.#terminal.errWidth - 1)}`);
  }

  /** Removes the bar. Called again it does nothing. */
  finish(): void {
    if (this.#isDrawn) this.#terminal.err.write('\r\u001b[2K');
    this.#isDrawn = false;
  }

  get elapsedMs(): number {
    return this.#now() - this.#startedMs;
  }
}

/** `Importing 62% · 1,240 threads · 4,812/s · 0:03 left`. */
export function progressLine(
  options: ProgressOptions,
  state: ProgressState,
  elapsedMs: number,
): string {
  const fraction = fractionOf(state);
  const rate = elapsedMs > 0 ? Math.round((state.count / elapsedMs) * 1000) : 0;
  const parts = [`${formatCount(state.count)} ${options.noun}`, `${formatCount(rate)}/s`];
  if (fraction === undefined) return [options.verb, parts.join(' · ')].join(' ');
  if (fraction > 0 && fraction < 1)
    parts.push(`${formatDuration(elapsedMs / fraction - elapsedMs)} left`);
  return `${options.verb} ${Math.floor(fraction * 100)}% · ${parts.join(' · ')}`;
}

const barWidth = 24;

function bar(state: ProgressState): string {
  const fraction = fractionOf(state);
  if (fraction === undefined) return '';
  const filled = Math.round(fraction * barWidth);
  return `${'━'.repeat(filled)}${'─'.repeat(barWidth - filled)} `;
}

function fractionOf({ done, total }: ProgressState): number | undefined {
  if (total === undefined || total <= 0) return undefined;
  return Math.min(1, Math.max(0, done / total));
}
