import type { LevelSnapshot } from './level-database.ts';

/**
 * A snapshot with several users, closed by the last one. (A snapshot asked to close accepts no
 * further reads, even while one of its own is under way.)
 */
export class SharedSnapshot {
  readonly snapshot: LevelSnapshot;
  readonly #onError: (error: unknown) => void;
  #users = 1;

  /** The creator is its first user. */
  constructor(snapshot: LevelSnapshot, onError: (error: unknown) => void) {
    this.snapshot = snapshot;
    this.#onError = onError;
  }

  enter(): void {
    this.#users++;
  }

  leave(): void {
    if (--this.#users === 0) this.snapshot.close().catch(this.#onError);
  }
}
