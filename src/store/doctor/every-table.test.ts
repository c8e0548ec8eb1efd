/**
 * Breaks rows in each table, bypassing the store, and checks that the doctor finds and repairs
 * them.
 */
import { describe, expect, test } from 'vitest';
import type { Row } from '../../engine/engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { newTask } from '../../records/new-task.ts';
import { put, type Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import {
  asks,
  changes,
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
  chunks,
  comparisons,
  copies,
  credentials,
  directThreads,
  documentPaths,
  documents,
  documentVectors,
  edges,
  feedback,
  forks,
  inbox,
  items,
  overlays,
  participants,
  queuePlaces,
  reactionCounts,
  reactions,
  requests,
  runs,
  scopes,
  shares,
  stores,
  streams,
  tags,
  taskQueue,
  tasks,
  threads,
  users,
  votes,
  type ParticipantRow,
} from '../../records/tables.ts';
import {
  publicThreadId,
  storedThreadId,
  type ItemId,
  type StoredThreadId,
} from '../../shared/ids.ts';
import {
  goldenInMemory,
  snapshotOf,
  withRecords,
} from '../../../test/support/store/golden-rows-for-testing.ts';
import { doctor } from './doctor.ts';

/**
 * Breaks something, and returns what the doctor must find, as `kind: the beginning of the detail`.
 */
type Damage = (records: Records) => Promise<readonly string[]>;

interface Case {
  readonly table: TypedTable<unknown>;
  readonly what: string;
  readonly damage: Damage;
  /**
   * The result of a repair: the previous state, another state, or nothing, if the row is not
   * derived.
   */
  readonly repair: 'restores' | 'mends' | 'none';
}

/** The id of an item that does not exist. */
const noItem = '019b76dc-ffff-7000-8000-000000000000' as ItemId; // in the form of one

const cases: Case[] = [];

function broken(
  table: TypedTable<unknown>,
  what: string,
  repair: Case['repair'],
  damage: Damage,
): void {
  cases.push({ table, what, damage, repair });
}

/** The first row of a table that matches. */
async function find<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  fits: (row: R) => boolean | Promise<boolean> = () => true,
): Promise<R> {
  for await (const row of records.scanTable(table)) if (await fits(row)) return row;
  throw new TypeError(`no row of ${table.name} fits`);
}

function change<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  row: R,
  patch: Partial<R>,
): Promise<void> {
  return records.commit({ puts: [put(table, { ...row, ...patch })] });
}

function remove<R extends Row>(records: Records, table: TypedTable<R>, row: R): Promise<void> {
  const key = table.key.map((column) => row[column] as string); // of a key
  return records.commit({ deletes: [{ table, key }] });
}

broken(threads, 'a wrong count', 'restores', async (records) => {
  const head = (await records.get(threads, ['main']))!;
  await change(records, threads, head, { itemCount: 1 });
  return ['main head: itemCount should be'];
});

broken(threads, 'one that pins what it does not have', 'restores', async (records) => {
  const head = (await records.get(threads, ['main']))!;
  await change(records, threads, head, { pins: [noItem] });
  return ['main head: pins should name each of its items once'];
});

broken(threads, 'a deleted one whose rows nothing purges', 'mends', async (records) => {
  const task = await find(records, tasks, ({ kind }) => kind === 'purge');
  await remove(records, tasks, task);
  return [`${task.threadId} leftover: rows of a deleted thread`];
});

broken(threads, 'one without a head', 'none', async (records) => {
  await remove(records, threads, (await records.get(threads, ['graph']))!);
  return ['graph leftover: rows without a thread'];
});

broken(threads, 'one whose id names another project', 'none', async (records) => {
  const head = (await records.get(threads, ['main']))!;
  const id = storedThreadId('other', publicThreadId(head.id));
  const lone = { ...head, id, tags: [], itemCount: 0, messageCount: 0, lastItemId: undefined };
  const plain = { ...lone, lastPreview: '', lastRole: undefined, previewItemId: undefined };
  await records.commit({ puts: [put(threads, plain)] });
  return ['other/main state: belongs to the project default, and its id to another'];
});

broken(threads, 'two of one project with the same id', 'none', async (records) => {
  const bare = await find(records, threads, ({ projectId, deletedAt }) => {
    return projectId !== 'default' && deletedAt === undefined;
  });
  const id = storedThreadId(bare.projectId, publicThreadId(bare.id));
  const lone = { ...bare, id, tags: [], itemCount: 0, messageCount: 0, lastItemId: undefined };
  const plain = { ...lone, lastPreview: '', lastRole: undefined, previewItemId: undefined };
  await records.commit({ puts: [put(threads, plain)] });
  return [`${bare.id} state: is hidden from its callers by the thread ${id}`];
});

broken(items, 'one that is missing', 'none', async (records) => {
  const [, second] = await records.scan(items, { prefix: ['graph'], limit: 3 });
  await remove(records, items, second!);
  const found = ['graph order: item'];
  for await (const { type, fromItemId, toItemId } of records.scanAll(edges, ['graph'])) {
    if (fromItemId !== second!.id && toItemId !== second!.id) continue;
    found.push(`graph reference: the edge ${type} from ${fromItemId} to ${toItemId} names`);
  }
  return found;
});

broken(items, 'one that names a parent that is not there', 'none', async (records) => {
  const row = await find(records, items, ({ threadId }) => threadId === 'main');
  await change(records, items, row, { parentId: noItem });
  return [`main reference: item ${row.id} names ${noItem} as its parentId`];
});

broken(items, 'one that names a revision that is not there', 'restores', async (records) => {
  const row = await find(records, items, (r) => r.threadId === 'main' && !!r.replacedById);
  await change(records, items, row, { replacedById: noItem });
  return [`main derived: item ${row.id} names the revision`];
});

broken(changes, 'one of an item that is not there', 'none', async (records) => {
  const row = await find(records, changes, ({ threadId }) => threadId === 'main');
  await change(records, changes, row, { itemId: noItem });
  return [`main reference: change ${row.version} is of ${noItem}`];
});

broken(tags, 'one that is missing', 'restores', async (records) => {
  const row = await find(records, tags);
  await remove(records, tags, row);
  return [`${row.threadId} list: is misplaced under the tag`];
});

broken(tags, 'one that the thread does not have', 'restores', async (records) => {
  const row = await find(records, tags);
  await records.commit({ puts: [put(tags, { ...row, tag: 'not a tag of it' })] });
  return [`${row.threadId} list: is in the list of the tag not a tag of it`];
});

broken(tags, 'one with the columns of another owner', 'restores', async (records) => {
  const row = await find(records, tags);
  await change(records, tags, row, { ownerId: 'another' });
  return [`${row.threadId} list: is misplaced under the tag`];
});

broken(tasks, 'one for a thread that never was', 'mends', async (records) => {
  const row = await find(records, tasks, ({ kind }) => kind === 'refresh');
  await change(records, tasks, row, { threadId: 'nowhere' as typeof row.threadId }); // of no thread
  return [` leftover: the task ${row.id} is for the thread nowhere`];
});

broken(tasks, 'one that no noun handles', 'none', async (records) => {
  const row = await find(records, tasks, ({ kind }) => kind === 'refresh');
  await change(records, tasks, row, { kind: 'unheard' });
  return [` state: the task ${row.id} is of the kind unheard`];
});

broken(taskQueue, 'one for a thread that never was', 'mends', async (records) => {
  const threadId = 'nowhere' as StoredThreadId; // of no thread
  const task = newTask(0, { kind: 'refresh', threadId });
  await records.commit({ puts: [put(taskQueue, task)] });
  return [` leftover: the task ${task.id} is for the thread nowhere`];
});

broken(taskQueue, 'one that no noun handles', 'none', async (records) => {
  const task = newTask(0, { kind: 'unheard', threadId: 'main' as StoredThreadId }); // it is there
  await records.commit({ puts: [put(taskQueue, task)] });
  return [` state: the task ${task.id} is of the kind unheard`];
});

broken(queuePlaces, 'one behind an entry', 'restores', async (records) => {
  const row = { queue: 'requests.byExpiry', beginsAt: Date.UTC(2100, 0, 1) };
  await records.commit({ puts: [put(queuePlaces, row)] });
  return [' list: the queue requests.byExpiry begins behind an entry'];
});

broken(overlays, 'one of a thread that says it has none', 'restores', async (records) => {
  const row = await find(records, overlays, isAlive(records));
  const head = (await records.get(threads, [row.threadId]))!;
  await change(records, threads, head, { overlaid: undefined });
  return [`${head.id} head: overlaid should be true`];
});

broken(overlays, 'one of an item that is not there', 'none', async (records) => {
  const head = await find(records, threads, (row) => !!row.overlaid && !row.deletedAt);
  await records.commit({ puts: [put(overlays, { threadId: head.id, itemId: noItem })] });
  return [`${head.id} reference: has amended the item ${noItem}`];
});

broken(edges, 'one whose end is not there', 'none', async (records) => {
  const row = await find(records, edges);
  await records.commit({ puts: [put(edges, { ...row, toItemId: noItem })] });
  return [`${row.threadId} reference: the edge ${row.type} from ${row.fromItemId} to ${noItem}`];
});

broken(edges, 'one that is in no list', 'restores', async (records) => {
  const row = await find(records, edges);
  await loseEntries(records, edges, row);
  return [`${row.threadId} list: the edge`];
});

broken(scopes, 'one whose thread is dead', 'mends', async (records) => {
  const row = await find(records, scopes);
  const dead = await find(records, threads, ({ deletedAt }) => deletedAt !== undefined);
  await change(records, scopes, row, { threadId: dead.id });
  return [` reference: the scope ${row.scopeType} ${row.scopeId} names the thread ${dead.id}`];
});

broken(forks, 'one that is missing', 'restores', async (records) => {
  const row = await find(records, forks, isAlive(records));
  await remove(records, forks, row);
  return [`${row.forkId} derived: is missing in the forks of ${row.threadId}`];
});

broken(forks, 'one of a thread that is no fork', 'restores', async (records) => {
  const row = await find(records, forks, isAlive(records));
  const forkId = 'nowhere' as typeof row.forkId; // of no thread
  await records.commit({ puts: [put(forks, { ...row, forkId })] });
  return [`${row.threadId} derived: lists nowhere as a fork`];
});

broken(requests, 'one of a thread that never was', 'mends', async (records) => {
  const row = await find(records, requests, ({ scope }) => !scope.startsWith('/'));
  await remove(records, requests, row);
  await records.commit({ puts: [put(requests, { ...row, scope: 'nowhere' })] });
  return [` leftover: the request ${row.key} is of the thread nowhere`];
});

broken(requests, 'one that no sweep finds', 'restores', async (records) => {
  const row = await find(records, requests);
  await loseEntries(records, requests, row);
  return [` list: the request ${row.key} is missing in the list byExpiry`];
});

broken(credentials, 'a key that cannot be revoked', 'restores', async (records) => {
  const row = await find(records, credentials, ({ kind }) => kind === 'key');
  await loseEntries(records, credentials, row);
  return [` list: the key ${row.id} is missing in the list byKind`];
});

broken(credentials, 'a token that never ends', 'none', async (records) => {
  const row = await find(records, credentials, ({ kind }) => kind === 'token');
  await change(records, credentials, row, { expiresAt: undefined });
  return [` state: the credential ${row.id} is neither`];
});

broken(streams, 'one that is behind its chunks', 'mends', async (records) => {
  const row = await find(records, streams, ({ lastEventId }) => lastEventId === '9');
  await change(records, streams, row, { lastEventId: '4' });
  return [`${row.threadId} derived: lastEventId of the stream ${row.id} should be 9`];
});

broken(streams, 'one that goes on though its run has ended', 'mends', async (records) => {
  const run = await find(records, runs, ({ status }) => status === 'completed');
  const row = (await records.get(streams, [run.threadId, run.streamId]))!;
  await change(records, streams, row, { status: 'active', expiresAt: undefined });
  return [`${row.threadId} state: the stream ${row.id} is active`];
});

broken(chunks, 'some that are missing in the middle', 'none', async (records) => {
  const row = await find(records, chunks, ({ seq }) => seq === 4);
  await remove(records, chunks, row);
  return [`${row.threadId} gap: the stream ${row.streamId} lacks chunks before 9`];
});

broken(chunks, 'some that are missing at the end', 'none', async (records) => {
  const row = await find(records, chunks, ({ seq }) => seq === 9);
  await remove(records, chunks, row);
  return [`${row.threadId} gap: the stream ${row.streamId} lacks its last chunks, up to 9`];
});

broken(chunks, 'some whose stream is not there', 'none', async (records) => {
  const row = await find(records, chunks);
  await records.commit({ puts: [put(chunks, { ...row, streamId: 'nowhere' })] });
  return [`${row.threadId} leftover: 1 groups of chunks are of the stream nowhere`];
});

broken(chunks, 'some of a stream that has expired', 'mends', async (records) => {
  const row = await find(records, streams, ({ lastEventId }) => lastEventId === '9');
  await change(records, streams, row, { status: 'expired', expiresAt: undefined });
  return [`${row.threadId} leftover: the stream ${row.id} has expired, and still has chunks`];
});

broken(runs, 'one that has ended, and is active', 'mends', async (records) => {
  const row = await find(records, runs, ({ status }) => status === 'running');
  await change(records, runs, row, { endedAt: row.updatedAt, leaseExpiresAt: undefined });
  return [`${row.threadId} state: the run ${row.id} is running, and leaseExpiresAt, endedAt`];
});

broken(runs, 'one of another project', 'mends', async (records) => {
  const row = await find(records, runs);
  await change(records, runs, row, { projectId: 'another' });
  return [`${row.threadId} state: the run ${row.id} is ${row.status}, and projectId`];
});

broken(runs, 'one that answers an item that is not there', 'none', async (records) => {
  const row = await find(records, runs);
  await change(records, runs, row, { inputItemId: noItem });
  return [`${row.threadId} reference: the run ${row.id} names ${noItem} as its inputItemId`];
});

broken(runs, 'one of a comparison that is not there', 'none', async (records) => {
  const row = await find(records, runs, ({ comparisonId }) => comparisonId === undefined);
  await change(records, runs, row, { comparisonId: 'nowhere' });
  return [`${row.threadId} reference: the run ${row.id} is of the comparison nowhere`];
});

broken(runs, 'one that writes to a stream that is not there', 'none', async (records) => {
  const row = await find(records, runs, ({ status }) => status === 'running');
  await change(records, runs, row, { streamId: 'nowhere' });
  return [`${row.threadId} reference: the run ${row.id} writes to the stream nowhere`];
});

broken(comparisons, 'one whose run is not there', 'none', async (records) => {
  const row = await find(records, comparisons);
  await change(records, comparisons, row, { leftRunId: 'nowhere' });
  return [`${row.threadId} reference: the comparison ${row.id} names the run nowhere`];
});

broken(comparisons, 'one of another project', 'restores', async (records) => {
  const row = await find(records, comparisons);
  await change(records, comparisons, row, { projectId: 'another' });
  return [`${row.threadId} derived: the comparison ${row.id} should be of the project`];
});

broken(votes, 'one on a comparison that is not there', 'none', async (records) => {
  const row = await find(records, votes);
  await records.commit({ puts: [put(votes, { ...row, comparisonId: 'nowhere' })] });
  return [`${row.threadId} reference: the vote of ${row.userId} on nowhere`];
});

broken(votes, 'one that names another model', 'restores', async (records) => {
  const row = await find(records, votes);
  await change(records, votes, row, { leftModel: 'another' });
  return [`${row.threadId} derived: the vote of ${row.userId} on ${row.comparisonId}`];
});

/** A participant of the first thread of a mode; the saved stores are older than participants. */
async function join(records: Records, mode: string, patch: Partial<ParticipantRow> = {}) {
  const head = await find(records, threads, (row) => row.mode === mode && !row.deletedAt);
  const row: ParticipantRow = {
    ...{ threadId: head.id, projectId: head.projectId, userId: 'grace', role: 'participant' },
    ...{ state: 'left', notify: 'all', pinned: false, readPosition: 0, joinedAt: 1, version: 1 },
    ...patch,
  };
  await records.commit({ puts: [put(participants, row)] });
  return row;
}

broken(participants, 'one of another project', 'mends', async (records) => {
  const { threadId } = await join(records, 'group', { projectId: 'another' });
  return [`${threadId} derived: the participant grace should be of the project`];
});

broken(participants, 'one that is not counted', 'mends', async (records) => {
  const { threadId } = await join(records, 'group', { state: 'joined' });
  return [
    `${threadId} head: has 2 participants and counts 1`,
    `${threadId} head: does not know that others take part`,
  ];
});

broken(participants, 'one that has left, and is in a list', 'mends', async (records) => {
  const { threadId } = await join(records, 'channel', { bigAt: 1 });
  return [`${threadId} list: the participant grace does not take part and is in a list`];
});

broken(participants, 'an agent that the thread does not know of', 'mends', async (records) => {
  const agent = { userId: 'agent:helper', state: 'joined', answers: 'always' };
  const { threadId } = await join(records, 'channel', agent);
  return [`${threadId} head: does not know that agents take part`];
});

broken(asks, 'one for an item that is not there', 'restores', async (records) => {
  const { id: threadId } = await find(records, threads, (row) => !row.deletedAt);
  const ask = { threadId, agentId: 'agent:helper', itemId: noItem, userId: 'ada' };
  await records.commit({ puts: [put(asks, { ...ask, links: 1, isPrivate: false, dueAt: 1 })] });
  return [`${threadId} reference: the ask of agent:helper for ${noItem} is about an item`];
});

broken(shares, 'a link of another project', 'mends', async (records) => {
  const head = await find(records, threads, (row) => !row.deletedAt);
  const link = { threadId: head.id, id: 'link', tokenHash: 'hash', projectId: 'another' };
  const rest = { createdBy: 'ada', createdAt: 1, showAuthors: false, views: 0 };
  await records.commit({ puts: [put(shares, { ...link, ...rest })] });
  return [`${head.id} derived: the link link should be of the project`];
});

broken(directThreads, 'one of two who have none', 'none', async (records) => {
  const { id: threadId } = await find(records, threads);
  const pair = { projectId: 'default', lesserId: 'ada', greaterId: 'grace' };
  await records.commit({ puts: [put(directThreads, { ...pair, threadId, version: 1 })] });
  return [' reference: the direct thread of ada and grace has neither of them'];
});

broken(feedback, 'one without a rating on nothing', 'none', async (records) => {
  const { id: threadId } = (await records.get(threads, ['main']))!;
  const times = { createdAt: 1, updatedAt: 1, version: 1 };
  const row = { threadId, itemId: noItem, userId: 'ada', rating: 'so-so', ...times };
  await records.commit({ puts: [put(feedback, row)] });
  const what = `the feedback of ada on ${noItem}`;
  return [
    `${threadId} reference: ${what} is on an item that is not there`,
    `${threadId} state: ${what} has the rating so-so`,
  ];
});

broken(feedback, 'one in no list', 'mends', async (records) => {
  const { threadId, id: itemId } = await find(records, items, isAlive(records));
  const times = { createdAt: 1, updatedAt: 1, version: 1 };
  const row = { threadId, itemId, userId: 'ada', rating: 'up', ...times };
  await records.commit({ puts: [{ table: feedback, row, replaces: row }] });
  return [`${threadId} list: the feedback of ada on ${itemId} is missing in the list byUser`];
});

const thumb = '\u{1F44D}';

broken(reactions, 'one that is not counted', 'mends', async (records) => {
  const { threadId, id: itemId } = await find(records, items, isAlive(records));
  const made = { threadId, itemId, emoji: thumb, userId: 'ada', reactedAt: 1, version: 1 };
  await records.commit({ puts: [put(reactions, made)] });
  const what = `${threadId} derived: the reactions ${thumb} to ${itemId} are`;
  return [`${what} 1, and counted as 0`, `${what} not named by the item`];
});

broken(reactionCounts, 'one of no reactions', 'restores', async (records) => {
  const { threadId, id: itemId } = await find(records, items, isAlive(records));
  const count = { threadId, itemId, emoji: thumb, count: 1, first: ['ada'], version: 1 };
  await records.commit({ puts: [put(reactionCounts, count)] });
  return [`${threadId} derived: the reactions ${thumb} to ${itemId} are counted, and there are`];
});

broken(items, 'one that names reactions that it has not', 'restores', async (records) => {
  const row = await find(records, items, isAlive(records));
  await change(records, items, row, { annotations: { emoji: [thumb] } });
  return [`${row.threadId} derived: item ${row.id} names reactions that it has not`];
});

broken(checkpointLogs, 'one that is missing', 'none', async (records) => {
  const row = await find(records, checkpointLogs, ({ threadId }) => threadId === 'chat');
  await remove(records, checkpointLogs, row);
  return ['chat reference: has checkpoints, and no log of them'];
});

broken(checkpointLogs, 'one that is behind', 'restores', async (records) => {
  const row = await find(records, checkpointLogs, ({ threadId }) => threadId === 'chat');
  await change(records, checkpointLogs, row, { lanes: {}, newestId: '1' });
  return ['chat derived: the log of the checkpoints is behind them'];
});

broken(checkpoints, 'one that is in no list', 'restores', async (records) => {
  const row = await find(records, checkpoints, ({ threadId }) => threadId === 'chat');
  await loseEntries(records, checkpoints, row);
  return [`chat list: the checkpoint ${row.namespace} ${row.id} is missing in the list byId`];
});

broken(checkpointElements, 'one that a checkpoint is made of', 'none', async (records) => {
  const row = await find(records, checkpointElements, ({ threadId }) => threadId === 'chat');
  await remove(records, checkpointElements, row);
  const found: string[] = [];
  for await (const { id, values } of records.scanAll(checkpoints, ['chat'])) {
    const list = values.messages;
    if (typeof list === 'string' && list.startsWith('1')) {
      found.push(`chat reference: the checkpoint  ${id} lacks elements of messages`);
    }
  }
  return found;
});

broken(checkpointWrites, 'one of a version that the thread has not reached', 'mends', (records) =>
  find(records, checkpointWrites, ({ threadId }) => threadId === 'chat').then(async (row) => {
    await records.commit({ puts: [put(checkpointWrites, { ...row, version: 99 })] });
    return ['chat head: version should be 99'];
  }),
);

broken(checkpointCopies, 'one that is missing', 'restores', async (records) => {
  const row = (await records.get(checkpointCopies, ['to-copy', 'copied']))!;
  await remove(records, checkpointCopies, row);
  return ['copied derived: is missing in the copies of to-copy'];
});

broken(checkpointCopies, 'one that shares too little', 'restores', async (records) => {
  const row = (await records.get(checkpointCopies, ['to-copy', 'copied']))!;
  await change(records, checkpointCopies, row, { version: 1 });
  return ['copied derived: is missing in the copies of to-copy, up to the version 13'];
});

const user = { projectId: 'default', id: 'ada', kind: 'person', metadata: {}, version: 1 };

broken(users, 'a person that is called an agent', 'mends', async (records) => {
  await records.commit({ puts: [put(users, { ...user, kind: 'agent' })] });
  return [' derived: the user ada of the project default should be of the kind person'];
});

broken(users, 'a person that has a responder', 'none', async (records) => {
  await records.commit({ puts: [put(users, { ...user, responder: 'demo/echo' })] });
  return [' state: the user ada of the project default is no agent, but has a responder'];
});

const entry = {
  ...{ projectId: 'default', userId: 'ada', id: 'entry', kind: 'mention', itemId: noItem },
  ...{ createdAt: 1, unseenAt: 1, version: 1 },
};

broken(inbox, 'one of a thread that is not there', 'restores', async (records) => {
  const threadId = 'nowhere' as StoredThreadId; // of no thread
  await records.commit({ puts: [put(inbox, { ...entry, threadId })] });
  return [' leftover: the inbox entry entry of ada is of the thread nowhere, which is gone'];
});

broken(inbox, 'one that was seen, among the unseen', 'mends', async (records) => {
  const { id: threadId } = (await records.get(threads, ['main']))!;
  await records.commit({ puts: [put(inbox, { ...entry, threadId, seenAt: 2 })] });
  return [' list: the inbox entry entry of ada is misplaced among the unseen'];
});

broken(inbox, 'one in no list', 'mends', async (records) => {
  const { id: threadId } = (await records.get(threads, ['main']))!;
  const row = { ...entry, threadId };
  await records.commit({ puts: [{ table: inbox, row, replaces: row }] });
  return ['byUnseen', 'byThread'].map(
    (index) => ` list: the inbox entry entry of ada is missing in the list ${index}`,
  );
});

broken(documents, 'one that lacks its vector', 'none', async (records) => {
  const row = await find(records, documents, ({ vectorFields }) => vectorFields !== undefined);
  await change(records, documents, row, { vectorFields: ['$', 'other'] });
  return [` reference: default: the document ${row.namespace} ${row.key} lacks the vector`];
});

broken(documents, 'one that never expires', 'restores', async (records) => {
  const row = await find(records, documents, ({ ttlMs }) => ttlMs !== undefined);
  await change(records, documents, row, { expiresAt: undefined });
  return [` derived: ${row.projectId}: the document ${row.namespace} ${row.key} lacks the time`];
});

broken(documentPaths, 'one that is missing', 'restores', async (records) => {
  const row = await find(records, documentPaths, ({ prefix }) => prefix === '');
  await remove(records, documentPaths, row);
  return [` list: ${row.projectId}: ${row.namespace} is missing under `];
});

broken(documentPaths, 'one under another prefix', 'restores', async (records) => {
  const row = await find(records, documentPaths);
  await records.commit({ puts: [put(documentPaths, { ...row, prefix: 'another/' })] });
  return [` list: ${row.projectId}: ${row.namespace} is listed under another/`];
});

broken(documentVectors, 'one whose document is not there', 'restores', async (records) => {
  const row = await find(records, documentVectors);
  await records.commit({ puts: [put(documentVectors, { ...row, key: 'nowhere' })] });
  return [` leftover: ${row.projectId}: a vector is of ${row.namespace} nowhere`];
});

broken(copies, 'one that is none of this store', 'restores', async (records) => {
  const times = { startedAt: 1, updatedAt: 1, finishedAt: 1 };
  const row = { id: 'another', source: 'elsewhere', version: 1, ...times };
  await records.commit({ puts: [put(copies, row)] });
  return [' leftover: the copy another of elsewhere is none of this store'];
});

broken(stores, 'one that is none of this store', 'restores', async (records) => {
  await records.commit({ puts: [put(stores, { id: 'another', incarnation: 'x' })] });
  return [' leftover: the row another of stores is none of this store'];
});

/** Rows of a thread that is not deleted. */
function isAlive(records: Records): (row: { readonly threadId: string }) => Promise<boolean> {
  return async ({ threadId }) => {
    return (await records.get(threads, [threadId]))?.deletedAt === undefined;
  };
}

/** Deletes a row and puts it back as if its index entries existed. */
async function loseEntries<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  row: R,
): Promise<void> {
  await remove(records, table, row);
  await records.commit({ puts: [{ table, row, replaces: row }] });
}

describe('the doctor', () => {
  test('finds no fault in a store with waiting tasks and rows in every table', async () => {
    const reopen = await goldenInMemory();
    const report = await doctor(reopen(), { repair: false });
    expect(report.problems).toEqual([]);
    expect(report.threads).toBeGreaterThan(60);
  });

  test.each(cases.map((each) => [each.table.name, each.what, each] as const))(
    'finds in %s %s',
    async (_table, _what, { damage, repair }) => {
      const reopen = await goldenInMemory();
      const before = await snapshotOf(reopen());
      const expected = await withRecords(reopen(), damage);
      const damaged = await snapshotOf(reopen());
      expect(await problemsOf(false)).toEqual(expected.map((start) => [start, false]));
      expect(await snapshotOf(reopen())).toEqual(damaged);
      const isRepaired = repair !== 'none';
      expect(await problemsOf(true)).toEqual(expected.map((start) => [start, isRepaired]));
      expect(await problemsOf(false)).toEqual(
        isRepaired ? [] : expected.map((start) => [start, false]),
      );
      if (repair === 'restores') expect(await snapshotOf(reopen())).toEqual(before);

      async function problemsOf(isRepairing: boolean): Promise<(readonly [string, boolean])[]> {
        const { problems } = await doctor(reopen(), { repair: isRepairing });
        return problems.map(({ threadId, kind, detail, repaired }, i) => {
          const text = `${threadId} ${kind}: ${detail}`;
          const start = expected[i] ?? '';
          return [start !== '' && text.startsWith(start) ? start : text, repaired] as const;
        });
      }
    },
  );

  test('is tried on a broken row of every table', () => {
    const tried = new Set(cases.map(({ table }) => table.name));
    expect(allTables.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});
