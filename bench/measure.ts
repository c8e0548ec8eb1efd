/**
 * A measure and its results: figures that only mean something next to a reference of the same run.
 */

export interface BenchContext {
  /**
   * Smaller sizes and shorter rounds, to check that everything runs: the bars are meant for the
   * full run.
   */
  readonly isQuick: boolean;
  /** The parent of temporary folders. It should be on a real disk. */
  readonly folder: string;
  /** The folder for CPU profiles of child processes. */
  readonly profileFolder: string | undefined;
  /** Prints to standard error what is being done. */
  progress(text: string): void;
}

export interface Measure {
  /** The name by which the command line selects it. */
  readonly name: string;
  run(context: BenchContext): Promise<MeasureResult>;
}

export interface MeasureResult {
  readonly rows: readonly Row[];
  /** Remarks on this run, for judging its figures. */
  readonly notes: readonly string[];
}

export type Unit = 'a second' | 'ms' | 'µs' | 'MB' | 'KB' | 'count';

/** One line of the table. */
export interface Row {
  readonly measure: string;
  readonly unit: Unit;
  readonly ours: number;
  readonly reference: number;
  /** A short description of the reference. */
  readonly against: string;
  /** The least and the greatest ratio of single rounds. */
  readonly spread?: readonly [number, number];
  /** Absent if nothing was promised: the line is for information. */
  readonly bar?: Bar;
}

/**
 * `atLeast` and `atMost` bound the ratio of ours to the reference, `below` and `upTo` bound
 * our own figure, and `adds` bounds its difference to the reference.
 */
export type Bar =
  | { readonly kind: 'atLeast'; readonly value: number }
  | { readonly kind: 'atMost'; readonly value: number }
  | { readonly kind: 'below'; readonly value: number }
  | { readonly kind: 'upTo'; readonly value: number }
  | { readonly kind: 'adds'; readonly value: number };

export function ratioOf(row: Row): number {
  return row.ours / row.reference;
}

/** Whether the bar is reached; a line without a bar always passes. */
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
    case 'upTo':
      return row.ours <= row.bar.value;
    case 'adds':
      return row.ours - row.reference <= row.bar.value;
  }
}
