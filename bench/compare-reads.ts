import { Latencies } from './latencies.ts';
import { ratioSpread } from './statistics.ts';
import type { Row } from './measure.ts';

/** `i` counts up, so that a case can read another place each time. */
export type Read = (i: number) => Promise<unknown>;

interface ReadComparison {
  readonly ours: Read;
  readonly reference: Read;
  /** The number of concurrent readers. */
  readonly readers: number;
  /** Reads of each side in a turn. The sides alternate, so that outside disturbances hit both. */
  readonly readsPerTurn: number;
  readonly turns: number;
}

/** The 50th percentiles in µs, in the form that a row of the table needs. */
export async function compareReads(
  comparison: ReadComparison,
): Promise<Pick<Row, 'unit' | 'ours' | 'reference' | 'spread'>> {
  const ours = new Side(comparison.ours, comparison);
  const reference = new Side(comparison.reference, comparison);
  for (let turn = -turnsToWarmUp; turn < comparison.turns; turn++) {
    // The first side changes from turn to turn.
    for (const side of turn % 2 === 0 ? [ours, reference] : [reference, ours]) {
      await side.takeTurn(turn >= 0);
    }
  }
  return {
    unit: 'µs',
    ours: ours.medianUs,
    reference: reference.medianUs,
    spread: ratioSpread(ours.turnMediansUs, reference.turnMediansUs),
  };
}

const turnsToWarmUp = 3;

class Side {
  readonly turnMediansUs: number[] = [];
  readonly #read: Read;
  readonly #readers: number;
  readonly #readsPerTurn: number;
  readonly #all = new Latencies();
  #count = 0;

  constructor(read: Read, { readers, readsPerTurn }: ReadComparison) {
    this.#read = read;
    this.#readers = readers;
    this.#readsPerTurn = readsPerTurn;
  }

  get medianUs(): number {
    return this.#all.percentile(0.5) * 1000;
  }

  async takeTurn(isCounted: boolean): Promise<void> {
    const latency = new Latencies();
    let left = this.#readsPerTurn;
    const run = async (): Promise<void> => {
      while (left-- > 0) {
        const startMs = performance.now();
        await this.#read(this.#count++);
        const tookMs = performance.now() - startMs;
        latency.record(tookMs);
        if (isCounted) this.#all.record(tookMs);
      }
    };
    await Promise.all(Array.from({ length: this.#readers }, run));
    if (isCounted) this.turnMediansUs.push(latency.percentile(0.5) * 1000);
  }
}
