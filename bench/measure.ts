/** What a measure is and what it gives: figures that mean something only beside a reference of the same run. */

export interface BenchContext {
  /** Smaller sizes and shorter rounds, to see that everything runs: the bars are meant for the full run. */
  readonly isQuick: boolean;
  /** Where temporary folders are made. It should be on a real disk. */
  readonly folder: string;
  /** CPU profiles of child processes go there. */
  readonly profileFolder: string | undefined;
  /** Says on standard error what is being done. */
  progress(text: string): void;
}

export interface Measure {
  /** What a filter on the command line selects. */
  readonly name: string;
  run(context: BenchContext): Promise<MeasureResult>;
}

export interface MeasureResult {
  readonly rows: readonly Row[];
  /** Sentences about how this run went, for judging its figures. */
  readonly notes: readonly string[];
}

export type Unit = 'a second' | 'ms' | 'µs' | 'MB';

/** One line of the table. */
export interface Row {
  readonly measure: string;
  readonly unit: Unit;
  readonly ours: number;
  readonly reference: number;
  /** What the reference is, in a few words. */
  readonly against: string;
  /** The least and the greatest ratio of single rounds. */
  readonly spread?: readonly [number, number];
  /** Left out: nothing was promised, the line is for information. */
  readonly bar?: Bar;
}

/**
 * `atLeast` and `atMost` bound the ratio of ours to the reference, `below` bounds our own figure, and `adds`
 * how much more it is than the reference.
 */
export type Bar =
  | { readonly kind: 'atLeast'; readonly value: number }
  | { readonly kind: 'atMost'; readonly value: number }
  | { readonly kind: 'below'; readonly value: number }
  | { readonly kind: 'adds'; readonly value: number };

export function ratioOf(row: Row): number {
  return row.ours / row.reference;
}

/** Whether the bar is reached; a line without one has nothing to miss. */
export function isMet(row: Row): boolean {
  switch (row.bar?.kind) {
    case undefined:
      return true;
    case 'atLeast':
      return ratioOf(row) >= row.bar.value;
    case 'atMost':
      return ratioOf(row) <= row.bar.value;
    case 'below':
      return row.ours < row.bar.value;
    case 'adds':
      return row.ours - row.reference <= row.bar.value;
  }
}
