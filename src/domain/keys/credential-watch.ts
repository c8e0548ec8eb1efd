import { sha256 } from '../../shared/bytes.ts';
import { callAt } from '../../shared/call-at.ts';
import { SkeinError } from '../../shared/error.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';

type OnLook = (row: CredentialRow | undefined) => void;

/**
 * Tells what has become of credentials that were accepted before: at once if this process changes
 * them, and when a hint of another process arrives. A hint may be lost, so it also looks twice a
 * second, at the server keys that something depends on, of which there are few.
 *
 * Invariants: looks do not overlap; a row that this process has written is not overtaken by an
 * older look, since a look delivers only to those who watch when it ends and reads after they came.
 */
class CredentialWatch {
  readonly #core: Core;
  readonly #subjects = new Map<string, Subject>();
  readonly #due = new Set<string>();
  #isLooking = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Calls `onLook` with the row whenever it may have changed, until the result is called. */
  watch(hash: string, onLook: OnLook): () => void {
    const subject = this.#subjects.get(hash) ?? this.#begin(hash);
    subject.listeners.add(onLook);
    this.#lookSoon(hash);
    return () => {
      subject.listeners.delete(onLook);
      if (subject.listeners.size === 0) this.#forget(hash, subject);
    };
  }

  note(hash: string, row: CredentialRow | undefined): void {
    for (const onLook of this.#subjects.get(hash)?.listeners ?? []) onLook(row);
  }

  stop(): void {
    for (const [hash, subject] of this.#subjects) this.#forget(hash, subject);
  }

  #begin(hash: string): Subject {
    const leave = this.#core.hints.credentials.subscribe(hash, () => this.#lookSoon(hash));
    const subject: Subject = { listeners: new Set(), leave };
    this.#subjects.set(hash, subject);
    // Without other processes no change goes unnoticed.
    if (this.#timer === undefined && this.#core.isShared) {
      this.#timer = setInterval(() => this.#lookAtAll(), pollMs);
      this.#timer.unref?.();
    }
    return subject;
  }

  #forget(hash: string, subject: Subject): void {
    if (this.#subjects.get(hash) !== subject) return;
    subject.leave();
    this.#subjects.delete(hash);
    if (this.#subjects.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAtAll(): void {
    for (const hash of this.#subjects.keys()) this.#lookSoon(hash);
  }

  #lookSoon(hash: string): void {
    this.#due.add(hash);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookAtDue();
  }

  async #lookAtDue(): Promise<void> {
    try {
      while (this.#due.size > 0 && this.#core.isOpen()) {
        const hashes = [...this.#due];
        this.#due.clear();
        const keys = hashes.map((hash) => [hash]);
        const rows = await this.#core.records.getExisting(credentials, keys);
        const found = new Map(rows.map((row) => [row.hash, row]));
        for (const hash of hashes) this.note(hash, found.get(hash));
      }
    } catch (error) {
      // The store cannot be read now; the next look is due soon.
      if (!(error instanceof SkeinError)) throw error;
    } finally {
      this.#isLooking = false; // here, so that nothing comes between the last check and this
    }
  }
}

interface Subject {
  readonly listeners: Set<OnLook>;
  readonly leave: () => void;
}

const pollMs = 500;

const watchOf = perStore((core) => new CredentialWatch(core));

/** This process has committed the row, or its deletion. */
export function noteCredential(core: Core, hash: string, row: CredentialRow | undefined): void {
  watchOf(core).note(hash, row);
}

/** Calls `onLook` with the row whenever it may have changed, until the result is called. */
export function watchCredential(core: Core, hash: string, onLook: OnLook): () => void {
  return watchOf(core).watch(hash, onLook);
}

export function stopWatching(core: Core): void {
  watchOf(core).stop();
}

/** See `KeysApi.watch`. */
export function watchSecret(core: Core, secret: string, onEnd: () => void): () => void {
  const releases: (() => void)[] = [];
  let isOver = false;
  const release = (): void => {
    isOver = true;
    for (const leave of releases) leave();
  };
  const end = (): void => {
    if (isOver) return;
    release();
    onEnd();
  };
  const begin = async (): Promise<void> => {
    const hash = await sha256(secret);
    const row = await core.records.get(credentials, [hash]);
    if (isOver) return;
    if (row === undefined) return end();
    const keyHash = row.kind === 'key' ? row.hash : row.keyHash;
    if (keyHash !== undefined) {
      const onLook: OnLook = (key) => key === undefined && end();
      releases.push(watchCredential(core, keyHash, onLook));
    }
    if (row.expiresAt !== undefined) releases.push(callAt(core.clock, row.expiresAt, end));
    if (isOver) release(); // it ended while this began to wait for its end
  };
  // What cannot be looked up is not trusted.
  begin().catch(end);
  return release;
}
