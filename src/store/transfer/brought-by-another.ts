import type { Core } from '../../domain/base/core.ts';
import { checkedPosition } from '../../domain/live/checked-position.ts';
import { positionOfHead } from '../../domain/log/live-cursor.ts';
import { threads, type ThreadRow } from '../../records/tables.ts';
import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { isHalfImported } from './half-imported.ts';

/** An import at work commits more often than in half a minute, with its stand-in each time. */
const patience: Backoff = { firstMs: 20, maxMs: 1000, attemptsMax: 45 };

/**
 * What has become of a thread that two programs wrote at once, for the one that lost. Waits for the
 * other as long as it goes on. `undefined` if the thread is not as in the file, nor further on.
 */
export async function broughtByAnother(
  core: Core,
  head: ThreadRow,
  signal?: AbortSignal,
): Promise<'found' | 'deleted' | undefined> {
  const stored = await wholeThread(core, head, signal);
  if (stored === undefined) return undefined;
  if (stored.deletedAt !== undefined) return head.deletedAt === undefined ? 'deleted' : 'found';
  const isOlder = stored.version < head.version || stored.createdHash !== head.createdHash;
  if (stored.projectId !== head.projectId || isOlder) return undefined;
  return (await isPast(core, stored, head)) ? 'found' : undefined;
}

async function wholeThread(
  core: Core,
  head: ThreadRow,
  signal: AbortSignal | undefined,
): Promise<ThreadRow | undefined> {
  let before: ThreadRow | undefined;
  for (let attempt = 1; attempt <= patience.attemptsMax!; attempt++) {
    const stored = await core.records.get(threads, [head.id]);
    if (stored === undefined || !isHalfImported(stored)) return stored;
    const isGoingOn = before?.version !== stored.version || before.itemCount !== stored.itemCount;
    if (isGoingOn) attempt = 1;
    before = stored;
    await sleep(backoffMs(attempt, patience), signal);
    signal?.throwIfAborted();
  }
  return undefined;
}

/** As for a live cursor: with the last item and the last change there is all before them. */
async function isPast(core: Core, stored: ThreadRow, head: ThreadRow): Promise<boolean> {
  try {
    await checkedPosition(core, stored, positionOfHead(head));
    return true;
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'invalid_request') return false;
    throw error;
  }
}
