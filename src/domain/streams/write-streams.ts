import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { toJson, type JsonValue } from '../../shared/json.ts';
import { streams, type StreamRow } from '../../records/tables.ts';
import { mustStoredAddress } from '../access/authorize.ts';
import type { Core, Drafting } from '../base/core.ts';
import { isoTime } from '../../shared/iso-time.ts';
import {
  mustFit,
  mustKnownKeys,
  mustOneOf,
  mustShortText,
  optionalShortText,
} from '../../shared/validate.ts';
import {
  streamStatuses,
  type NewStream,
  type Stream,
  type StreamKey,
  type StreamPatch,
  type StreamStatus,
  type StreamUpdate,
} from '../../api/stream.ts';
import { expireStream, hasExpired } from './expire-streams.ts';

/**
 * Creates a stream in an existing thread. An existing stream with this id, run and token is
 * returned as it is; the id of an expired one can be used again. Throws `conflict` if the id is in
 * use otherwise.
 */
export async function createStream(core: Core, input: NewStream): Promise<Stream> {
  mustKnownKeys(input, newKeys, '');
  const thread = mustStoredAddress(input.threadId);
  const id = optionalShortText(input.id, 'id');
  const runId = optionalShortText(input.runId, 'runId');
  const resumeToken = optionalShortText(input.resumeToken, 'resumeToken');
  const values = { status: 'active', ...valuesOf(core, input), runId };
  for (;;) {
    const row = await core.writer.write(thread, async (draft) => {
      const { head, nowMs } = draft;
      const streamId = id ?? newUuidV7(nowMs);
      const known = await findStreamInDraft({ core, draft }, streamId);
      if (known && hasExpired(known, nowMs) && !isEmpty(known)) return { expired: known };
      if (known && !isEmpty(known)) return mustBeSame(known, runId, resumeToken);
      const created: StreamRow = {
        ...values,
        threadId: head.id,
        id: streamId,
        resumeToken: resumeToken ?? crypto.randomUUID(),
        createdAt: nowMs,
        updatedAt: nowMs,
        // A writer of the expired stream that has not heard of its end cannot write to this one.
        version: (known?.version ?? 0) + 1,
      };
      draft.writeVersioned(streams, [head.id, streamId], created, known);
      return created;
    });
    if (!('expired' in row)) return presentStream(row);
    await expireStream(core, row.expired);
  }
}

/** Whether a stream has expired and its chunks are deleted. */
function isEmpty({ status, expiresAt }: StreamRow): boolean {
  return status === 'expired' && expiresAt === undefined;
}

const patchKeys = ['status', 'lastEventId', 'snapshot', 'expiresAt'] as const;
const newKeys: ReadonlySet<string> = new Set<keyof NewStream>([
  ...patchKeys,
  'threadId',
  'id',
  'runId',
  'resumeToken',
]);
const updateKeys: ReadonlySet<string> = new Set<keyof StreamUpdate>([
  ...patchKeys,
  'threadId',
  'id',
  'ifVersion',
]);

function mustBeSame(
  known: StreamRow,
  runId: string | undefined,
  resumeToken: string | undefined,
): StreamRow {
  const isSame = known.runId === runId && (resumeToken ?? known.resumeToken) === known.resumeToken;
  if (isSame) return known;
  throw new SkeinError('conflict', `The stream id ${known.id} is in use in this thread.`);
}

/**
 * A stream that is made to expire loses its chunks at once. Throws `precondition_failed` if the
 * version differs, and `conflict` if the stream has ended and its status would change, or if it has
 * expired while it was active: readers were told that it did not end.
 */
export async function updateStream(core: Core, update: StreamUpdate): Promise<Stream> {
  mustKnownKeys(update, updateKeys, '');
  const thread = mustStoredAddress(update.threadId);
  const values = valuesOf(core, update);
  const row = await core.writer.write(thread, async (draft) => {
    const known = await mustStream({ core, draft }, update);
    mustBeOpenTo(values, known, draft.nowMs);
    const changed = { ...known, ...values, updatedAt: draft.nowMs, version: known.version + 1 };
    draft.writeVersioned(streams, [known.threadId, known.id], changed, known);
    return changed;
  });
  if (values.status === 'expired') await expireStream(core, row);
  return presentStream(row);
}

function mustBeOpenTo(values: StreamValues, known: StreamRow, nowMs: number): void {
  const isFinal = known.status !== 'active';
  const { status = known.status } = values;
  if (isFinal && status !== known.status) {
    throw new SkeinError('conflict', `The stream is ${known.status}: its status is final.`);
  }
  if (isFinal || !hasExpired(known, nowMs)) return;
  const isOver = status === 'active' && hasExpired({ ...known, ...values }, nowMs);
  if (status === 'expired' || isOver) return;
  throw new SkeinError('conflict', 'The stream has expired: begin a new one.');
}

/** Deletes a stream. Throws `not_found` if it does not exist. */
export async function deleteStream(core: Core, key: StreamKey): Promise<void> {
  await core.writer.write(mustStoredAddress(key.threadId), async (draft) => {
    const known = await mustStream({ core, draft }, key);
    draft.writeVersioned(streams, [known.threadId, known.id], undefined, known);
  });
}

async function findStreamInDraft(
  { core, draft }: Drafting,
  id: string,
): Promise<StreamRow | undefined> {
  const key = [draft.head.id, id];
  const written = draft.findVersioned(streams, key);
  return written ? written.row : core.records.get(streams, key);
}

async function mustStream(drafting: Drafting, key: StreamKey): Promise<StreamRow> {
  const { id, ifVersion } = key;
  const known = await findStreamInDraft(drafting, mustShortText(id, 'id'));
  if (known === undefined) throw notFound('The stream');
  if (ifVersion === undefined || ifVersion === known.version) return known;
  throw new SkeinError(
    'precondition_failed',
    `The stream is at version ${known.version}, not ${ifVersion}; read it again and retry.`,
  );
}

type StreamValues = Partial<Pick<StreamRow, (typeof patchKeys)[number]>>;

/** The given values, validated and copied; `null` becomes `undefined`, which removes a value. */
function valuesOf(
  core: Core,
  { status, lastEventId, snapshot, expiresAt }: StreamPatch,
): StreamValues {
  return {
    ...(status !== undefined && { status: mustOneOf(streamStatuses, status, 'status') }),
    ...(lastEventId !== undefined && {
      lastEventId: lastEventId === null ? undefined : mustShortText(lastEventId, 'lastEventId'),
    }),
    ...(snapshot !== undefined && { snapshot: optionalSnapshot(core, snapshot) }),
    ...(expiresAt !== undefined && {
      expiresAt: expiresAt === null ? undefined : mustTime(expiresAt, 'expiresAt'),
    }),
  };
}

function optionalSnapshot(core: Core, value: unknown): JsonValue | undefined {
  if (value === null) return undefined;
  const snapshot = toJson(value, 'snapshot');
  mustFit(snapshot, 'snapshot', core.limits.partsBytesMax);
  return snapshot;
}

function mustTime(value: unknown, path: string): number {
  const timeMs = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(timeMs)) throw invalid(path, 'must be a time in ISO 8601');
  return timeMs;
}

/** A stream as the operator sees it. */
export function presentStream(row: StreamRow): Stream {
  return {
    id: row.id,
    threadId: row.threadId,
    ...(row.runId !== undefined && { runId: row.runId }),
    status: row.status as StreamStatus, // valuesOf checked it before it was stored
    resumeToken: row.resumeToken,
    ...(row.lastEventId !== undefined && { lastEventId: row.lastEventId }),
    ...(row.snapshot !== undefined && { snapshot: row.snapshot }),
    ...(row.expiresAt !== undefined && { expiresAt: isoTime(row.expiresAt) }),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    version: row.version,
  };
}
