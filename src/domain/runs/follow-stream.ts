import { streamHintKey } from '../../records/hints.ts';
import { streamWakeup } from '../streams/stream-wakeup.ts';
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import type { StoredThreadId, ThreadIdText } from '../../shared/ids.ts';
import {
  chunks as chunksTable,
  runs,
  streams,
  type StreamRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { AccessWatch } from '../access/access-watch.ts';
import {
  isOwner,
  mustStoredAddress,
  mustVisit,
  mustVisitAt,
  type Visit,
} from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { mustInteger, mustOneOf, mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import { errorPartType } from '../../shared/parts.ts';
import { neutralError, neutralMessage, type RunError } from '../../shared/run-failure.ts';
import type { Chunk } from '../../api/responder.ts';
import { withNeutralError } from '../log/item-view.ts';
import { continuedParts } from './read-answer.ts';
import { mustFollow } from './run-rights.ts';
import type { StreamEvent, StreamReadOptions, ChunkGroup, StreamKey } from '../../api/stream.ts';
import { hasExpired } from '../streams/expire-streams.ts';
import { seqOf } from '../streams/stream-writer.ts';
import { unfoldParts } from '../../shared/unfold-parts.ts';

/** The chunks of a stream, one by one. See `StreamsApi.read`. */
export async function* readStream(
  reading: Reading,
  threadId: ThreadIdText,
  streamId: string,
  options: StreamReadOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const { seq, chunks } of readStreamGroups(reading, threadId, streamId, options)) {
    const first = seq - chunks.length + 1;
    for (const [i, chunk] of chunks.entries()) yield { seq: Math.max(first + i, 0), chunk };
  }
}

/**
 * Likewise in groups of as many chunks as there are, which is cheaper for servers. Replays what is
 * stored, then follows until the stream ends, `signal` aborts, or the caller may no longer read the
 * thread.
 */
export async function* readStreamGroups(
  reading: Reading,
  threadId: ThreadIdText,
  streamId: string,
  options: StreamReadOptions = {},
): AsyncGenerator<ChunkGroup, void, undefined> {
  yield* followGroups(reading, await mustVisit(reading, 'read', threadId), streamId, options);
}

async function* followGroups(
  reading: Reading,
  visit: Visit,
  streamId: string,
  options: StreamReadOptions,
): AsyncGenerator<ChunkGroup, void, undefined> {
  const { core } = reading;
  const { signal } = options;
  let { head } = visit;
  mustKnowOptions(options, streamOptions);
  const row = await mustReadable(core, head.id, streamId);
  await mustFollow(visit.visiting, head, row);
  let seq = startOf(row, options);
  if (options.isWhole && seq === 0) {
    for await (const group of earlierChunks(core, row)) yield asRead(reading, head, row, group);
  }
  const pollMs = core.isShared && !core.hasSharedHints ? unhintedPollMs : hintedPollMs;
  const wakeup = streamWakeup(core, { threadId: head.id, streamId: row.id }, signal);
  const { ring } = wakeup;
  const access = new AccessWatch(core, head.id, { versionSeen: () => head.version, ring });
  try {
    while (!signal?.aborted && core.isOpen()) {
      wakeup.reset();
      if (access.isDue) {
        access.reset();
        const again = await mustVisitAt(reading, 'read', head.id);
        head = again.head;
        await mustFollow(again.visiting, head, row);
      }
      const next = await nextGroups(core, row, seq);
      if (next === 'end') return;
      const { groups, expiresAtMs } = next;
      for (const group of groups) {
        const fresh = await asRead(reading, head, row, cutBefore(group, seq));
        seq = group.seq;
        yield fresh;
        if (signal?.aborted) return;
        if (access.isDue) break; // the rest is read again, if it still may be
      }
      if (groups.length > 0) continue;
      await wakeup.wait(Math.min(pollMs, expiresAtMs - core.clock()));
    }
  } finally {
    access.release();
    wakeup.release();
  }
}

/** See `OperatorStreamsApi.read`. */
export async function* readAnyStream(
  core: Core,
  key: StreamKey,
  options: StreamReadOptions,
): AsyncGenerator<ChunkGroup, void, undefined> {
  const head = await core.writer.head(mustStoredAddress(key.threadId));
  if (head === undefined) throw notFound('The thread');
  const owner = { core, principal: { projectId: head.projectId, userId: head.ownerId } };
  yield* followGroups(owner, await mustVisitAt(owner, 'read', head.id), key.id, options);
}

/**
 * The provider's words about a failure are for the thread's owner: others read the store's own.
 */
async function asRead(
  { core, principal }: Reading,
  head: ThreadRow,
  { threadId, runId }: StreamRow,
  group: ChunkGroup,
): Promise<ChunkGroup> {
  if (isOwner(principal, head) || !group.chunks.some(isError)) return group;
  const run = runId === undefined ? undefined : await core.records.get(runs, [threadId, runId]);
  const { code } = neutralError((run?.error ?? unknownError) as RunError); // as a run stores it
  const chunks = group.chunks.map((chunk) => {
    if (chunk.type !== 'error') return withNeutralError(chunk);
    return { type: chunk.type, errorText: neutralMessage(code) };
  });
  return { ...group, chunks };
}

const unknownError: RunError = { code: 'provider_error', message: '', retryable: false };

function isError({ type }: Chunk): boolean {
  return type === 'error' || type === errorPartType;
}

/** The earlier part of the answer that this stream continues. */
async function* earlierChunks(core: Core, row: StreamRow): AsyncGenerator<ChunkGroup> {
  const parts = row.runId === undefined ? undefined : continuedParts(row);
  // A stream that continues an answer belongs to a run.
  const run = parts && (await core.records.get(runs, [row.threadId, row.runId!]));
  if (parts === undefined || run === undefined) return;
  const start = { type: 'start', messageId: run.messageId };
  yield { seq: 0, chunks: [start, ...unfoldParts(parts)] };
}

/** Throws `not_found` for a stream that does not exist or whose chunks are gone. */
async function mustReadable(
  core: Core,
  threadId: StoredThreadId,
  streamId: string,
): Promise<StreamRow> {
  const row = await core.records.get(streams, [threadId, mustShortText(streamId, 'streamId')]);
  if (row === undefined) throw notFound('The stream');
  if (hasExpired(row, core.clock())) throw expiredError();
  return row;
}

function expiredError(): SkeinError {
  return new SkeinError(
    'not_found',
    'The stream has expired. Read its answer as an item of the thread.',
  );
}

function startOf(row: StreamRow, { after, from }: StreamReadOptions): number {
  if (from !== undefined) {
    if (after !== undefined) throw invalid('from', 'cannot be combined with after');
    return mustOneOf(['start', 'step'], from, 'from') === 'step' ? (row.stepSeq ?? 0) : 0;
  }
  if (after === undefined) return 0;
  mustInteger(after, 'after', 0, Number.MAX_SAFE_INTEGER);
  if (after > seqOf(row)) throw invalid('after', 'is past the end of the stream');
  return after;
}

interface NextGroups {
  /** None if there are none so far. */
  readonly groups: readonly ChunkGroup[];
  /** When the stream ends by itself if no chunk comes before. */
  readonly expiresAtMs: number;
}

/**
 * The chunks after `seq`. Throws `not_found` if the stream has expired before it ended, since its
 * readers would otherwise take what they have for the whole.
 */
async function nextGroups(
  core: Core,
  { threadId, id, resumeToken }: StreamRow,
  seq: number,
): Promise<NextGroups | 'end'> {
  const recent = core.hints.streams.recentSince(streamHintKey(threadId, id), seq);
  const isOurs = recent?.every((hint) => hint.resumeToken === resumeToken);
  if (recent && isOurs) return { groups: recent, expiresAtMs: Infinity };
  // Checking whether there is anything new is cheaper than reading it.
  const stream = await core.records.get(streams, [threadId, id]);
  if (stream === undefined) return 'end';
  if (stream.resumeToken !== resumeToken) throw expiredError();
  if (seqOf(stream) <= seq) return waitOrEnd(stream, core.clock());
  const rows = await core.records.scan(chunksTable, {
    prefix: [threadId, id],
    after: [seq],
    limit: groupsReadMax,
  });
  const [first] = rows;
  // When the stream expires, chunks are deleted from the front.
  if (first === undefined || first.seq - first.chunks.length > seq) throw notFound('The stream');
  return { groups: rows, expiresAtMs: Infinity };
}

function waitOrEnd(stream: StreamRow, nowMs: number): NextGroups | 'end' {
  const { status, expiresAt } = stream;
  if (status === 'active' && !hasExpired(stream, nowMs)) {
    return { groups: [], expiresAtMs: expiresAt ?? Infinity };
  }
  if (status === 'active' || status === 'expired') throw expiredError();
  return 'end';
}

/** A reader may begin in the middle of a group. */
function cutBefore({ seq, chunks }: ChunkGroup, after: number): ChunkGroup {
  const first = seq - chunks.length + 1;
  return { seq, chunks: first > after ? chunks : chunks.slice(after - first + 1) };
}

const groupsReadMax = 100;
const unhintedPollMs = 100;
/**
 * How often to look without a hint: hints may be lost, and another process may end the run of a
 * dead one.
 */
const hintedPollMs = 1000;

const streamOptions = { after: true, from: true, isWhole: true, signal: true } as const;
