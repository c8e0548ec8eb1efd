import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, string, timestamp } from './columns.ts';

/**
 * An item that an agent of the thread still has to answer. It is put by the commit that appends the
 * item, and deleted by the one that begins the run which answers it: so each is answered once, on
 * however many servers.
 */
export type AskRow = {
  readonly threadId: StoredThreadId;
  readonly agentId: string;
  readonly itemId: ItemId;
  /** The person whose message it is, or at whose message the chain of agents began. */
  readonly userId: string;
  /** How many agents' answers the chain will have with this one. */
  readonly links: number;
  /** A private item is answered by itself, for the person who asked. */
  readonly isPrivate: boolean;
  /** When a server may look whether another one has left it. */
  readonly dueAt: number;
};

export const asks: TypedTable<AskRow, 'asks'> = declareTable({
  name: 'asks',
  id: 47,
  parent: 'threads',
  columns: {
    threadId: string,
    agentId: string,
    itemId: string,
    userId: string,
    links: int,
    isPrivate: boolean,
    dueAt: timestamp,
  },
  key: ['threadId', 'agentId', 'itemId'],
  partition: 1,
  indexes: [{ name: 'byDue', id: 1, columns: ['dueAt'], partition: 0 }],
});
