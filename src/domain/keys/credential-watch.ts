import { sha256Soon } from '../../shared/bytes.ts';
import { callAt } from '../../shared/call-at.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { RowWatch } from '../base/row-watch.ts';

type OnLook = (row: CredentialRow | undefined) => void;

/** Tells what has become of server keys that something depends on, of which there are few. */
const watchOf = perStore(
  (core) =>
    new RowWatch(core, {
      table: credentials,
      keyOf: ({ hash }) => hash,
      rowsMax: 1000,
      intervalMs: 500,
      hints: (hash, ring) => core.hints.credentials.subscribe(hash, ring),
    }),
);

/** This process has committed the row, or its deletion. */
export function noteCredential(core: Core, hash: string, row: CredentialRow | undefined): void {
  watchOf(core).note(hash, row);
}

/** Calls `onLook` with the row whenever it may have changed, until the result is called. */
export function watchCredential(core: Core, hash: string, onLook: OnLook): () => void {
  const watch = watchOf(core);
  const leave = watch.watch(hash, onLook);
  watch.lookSoon([hash]);
  return leave;
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
  let endsAtMs = Number.POSITIVE_INFINITY;
  /** A rotation may bring the end nearer. */
  const onLook: OnLook = (row) => {
    if (row === undefined) return end();
    if (isOver || row.expiresAt === undefined || row.expiresAt >= endsAtMs) return;
    endsAtMs = row.expiresAt;
    releases.push(callAt(core.clock, endsAtMs, end));
  };
  const begin = async (): Promise<void> => {
    const hash = await sha256Soon(secret);
    const row = await core.records.get(credentials, [hash]);
    if (isOver) return;
    onLook(row);
    if (row === undefined) return;
    // A token ends with its key, and may be revoked alone.
    for (const each of [row.hash, row.keyHash]) {
      if (each !== undefined) releases.push(watchCredential(core, each, onLook));
    }
    if (isOver) release(); // it ended while this began to wait for its end
  };
  // What cannot be looked up is not trusted.
  begin().catch(end);
  return release;
}
