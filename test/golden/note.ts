/** What a reader of a golden store has to know that its rows do not tell. */
export interface Note {
  /**
   * Streams that no run writes and nobody has ended: a reader gets so many chunks, and waits for
   * more.
   */
  readonly openStreams: { threadId: string; streamId: string; chunks: number }[];
  /** Of server keys. */
  readonly secrets: string[];
  /** Of users. */
  readonly tokens: string[];
  /** Cursors of lists of items: where a page and a live tail go on. */
  readonly cursors: { threadId: string; page: string; live: string }[];
  /** When the store was left, by its clock. */
  savedAtMs: number;
}
