import type { ChangeRow } from '../../records/tables.ts';
import { sizeBound } from '../../shared/validate.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import type { LogRow } from '../log/item-log.ts';

/** What one read of a log found after a position. */
export interface LogPage {
  readonly items: readonly LogRow[];
  readonly amended: readonly ChangeRow[];
}

/**
 * Lets readers that are at the same place of the same log read it once. When much is written at
 * once to a thread that many follow, they all fall behind what is kept of the newest commits, and
 * thousands of copies of the same page would be in memory. A page is found under the version of the
 * thread, so it is never older than what its reader knows of.
 */
export class LogPages {
  readonly #weightMax: number;
  readonly #pages = new Map<string, { readonly page: Promise<LogPage>; weight: number }>();
  #weight = 0;
  #forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(weightMax: number = defaultWeightMax) {
    this.#weightMax = weightMax;
  }

  /** `key` names the thread, its version, the position and the size of the page. */
  get(key: string, read: () => Promise<LogPage>): Promise<LogPage> {
    const known = this.#pages.get(key);
    if (known) return known.page;
    const entry = { page: read(), weight: 0 };
    this.#pages.set(key, entry);
    entry.page.then(
      (page) => this.#weigh(key, entry, weightOf(page)),
      () => this.#pages.delete(key), // its readers got the error
    );
    this.#forgetSoon();
    return entry.page;
  }

  #weigh(key: string, entry: { weight: number }, weight: number): void {
    if (this.#pages.get(key) !== entry) return;
    entry.weight = weight;
    this.#weight += weight;
    for (const [oldest, { weight: freed }] of this.#pages) {
      if (this.#weight <= this.#weightMax) return;
      this.#pages.delete(oldest);
      this.#weight -= freed;
    }
  }

  /** Readers that are behind ask again and again; when they no longer do, nothing is kept. */
  #forgetSoon(): void {
    if (this.#forgetting !== undefined) return;
    this.#forgetting = setTimeout(() => {
      this.#forgetting = undefined;
      this.#pages.clear();
      this.#weight = 0;
    }, keptMs);
    this.#forgetting.unref?.();
  }
}

/** Many times the bytes: weights are upper bounds. */
const defaultWeightMax = 64 * 1024 * 1024;
const keptMs = 1000;

function weightOf({ items, amended }: LogPage): number {
  let weight = 1000 * (1 + items.length + amended.length);
  for (const { row } of items) weight += sizeBound(row.parts) + sizeBound(row.metadata);
  return weight;
}

export const logPagesOf: (core: Core) => LogPages = perStore(() => new LogPages());
