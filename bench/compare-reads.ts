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
export async function compareReads(comparison: ReadComparison): Promise<ComparedRow> {
  return (await compareCalls(comparison)).row;
}

type ComparedRow = Pick<Row, 'unit' | 'ours' | 'reference' | 'spread'>;

/** The same, and the 95th percentiles. */
export async function compareCalls(comparison: ReadComparison): Promise<{
  readonly row: ComparedRow;
  readonly p95Us: Pick<Row, 'ours' | 'reference'>;
}> {
  const ours = new Side(comparison.ours, comparison);
  const reference = new Side(comparison.reference, comparison);
  for (let turn = -turnsToWarmUp; turn < comparison.turns; turn++) {
    // The first side changes from turn to turn.
    for (const side of turn % 2 === 0 ? [ours, reference] : [reference, ours]) {
      await side.takeTurn(turn >= 0);
    }
  }
  return {
    row: {
      unit: 'µs',
      ours: ours.percentileUs(0.5),
      reference: reference.percentileUs(0.5),
      spread: ratioSpread(ours.turnMediansUs, reference.turnMediansUs),
    },
    p95Us: { ours: ours.percentileUs(0.95), reference: reference.percentileUs(0.95) },
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

  percentileUs(share: number): number {
    return this.#all.percentile(share) * 1000;
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
