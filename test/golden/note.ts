/** What a reader of a golden store must know that its rows do not contain. */
export interface Note {
  /**
   * Streams without a run that were not ended: a reader gets `chunks` chunks and waits for more.
   */
  readonly openStreams: { threadId: string; streamId: string; chunks: number }[];
  /** The secrets of server keys. */
  readonly secrets: string[];
  /** The tokens of users. */
  readonly tokens: string[];
  /** Cursors of item lists, from which a page and a live tail continue. */
  readonly cursors: { threadId: string; page: string; live: string }[];
  /** When the store was left, by its own clock. */
  savedAtMs: number;
}
