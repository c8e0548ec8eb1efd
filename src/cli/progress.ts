import type { Terminal } from './terminal.ts';
import { formatCount, formatDuration } from './format/duration.ts';
import { cutToWidth } from './format/text-width.ts';

interface ProgressState {
  /** The count shown to people: threads, items. */
  readonly count: number;
  /** The amount done, in the unit of `total`. */
  readonly done: number;
  /** Absent if the total is unknown, as for a pipe: then there is no bar and no remaining time. */
  readonly total?: number;
}

interface ProgressOptions {
  /** For example `Importing`. */
  readonly verb: string;
  /** The plural noun for `count`: `threads`. */
  readonly noun: string;
  /** Milliseconds of a monotonic clock. Default: `performance.now`. */
  readonly now?: () => number;
}

const redrawEveryMs = 100;
const lineEveryMsDefault = 5000;

/**
 * Progress on stderr: on a terminal a bar with rate and remaining time that redraws itself,
 * elsewhere a plain line every five seconds. `finish` clears the bar.
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
    // A bar appears with the first update; a log needs no line before there is something to report.
    this.#shownMs = terminal.isErrTty ? -redrawEveryMs : this.#startedMs;
  }

  update(state: ProgressState): void {
    const nowMs = this.#now();
    const { isErrTty, err, progressEveryMs: lineEveryMs = lineEveryMsDefault } = this.#terminal;
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

  /** Removes the bar. Further calls do nothing. */
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
