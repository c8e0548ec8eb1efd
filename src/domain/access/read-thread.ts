import type { ThreadAddress, ThreadIdText } from '../../shared/ids.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { addressOf, mustVisitAt } from './authorize.ts';

/**
 * Reads from a thread that the caller may read. If the source of a fork is deleted during the read,
 * inherited items move into the fork: then the read is repeated.
 */
export function readThread<T>(
  reading: Reading,
  threadId: ThreadIdText,
  read: (head: ThreadRow, visiting: Visiting) => Promise<T>,
): Promise<T> {
  return readThreadAt(reading, addressOf(reading.principal, threadId), read);
}

/** Likewise from a thread that another row names. `undefined` is where no thread can be. */
export async function readThreadAt<T>(
  reading: Reading,
  address: ThreadAddress | undefined,
  read: (head: ThreadRow, visiting: Visiting) => Promise<T>,
): Promise<T> {
  const { core } = reading;
  for (let attempt = 1; ; attempt++) {
    const { head, visiting } = await mustVisitAt(reading, 'read', address);
    const [outcome] = await Promise.allSettled([read(head, visiting)]);
    if (attempt < attemptsMax && (await hasMoved(core, head))) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}

const attemptsMax = 5;

/** Whether the lineage has changed since this head was read. */
export async function hasMoved(core: Core, { id, lineage }: ThreadRow): Promise<boolean> {
  if (lineage === undefined) return false;
  const now = await core.writer.head(id);
  return now?.lineage?.length !== lineage.length; // a lineage never grows
}
