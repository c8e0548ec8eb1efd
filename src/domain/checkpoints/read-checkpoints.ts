import type { ThreadIdText } from '../../shared/ids.ts';
import { SkeinError } from '../../shared/error.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import type { Records } from '../../records/records.ts';
import {
  checkpointWrites,
  type CheckpointLogRow,
  type CheckpointRow,
  type CheckpointWriteRow,
} from '../../records/tables.ts';
import { mustVisit } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { mustLimit } from '../../shared/validate.ts';
import { readLog, checkpointStretchesOf, type CheckpointStretch } from './checkpoint-log.ts';
import { readShared } from './read-again.ts';
import { findCheckpoint, scanCheckpoints, type CheckpointRange } from './checkpoint-rows.ts';
import type {
  CheckpointEntry,
  CheckpointListOptions,
  CheckpointPage,
  CheckpointKey,
  StoredCheckpoint,
  StoredWrite,
} from '../../api/checkpoint.ts';
import { toPacked } from './packed.ts';
import { ElementReader, needValues, resolveValue, valueOf } from './read-elements.ts';
import { asPointer } from './value-pointer.ts';

/** See `CheckpointsApi.get`. */
export async function getCheckpoint(
  reading: Reading,
  threadId: ThreadIdText,
  key: { readonly namespace: string; readonly id?: string },
): Promise<StoredCheckpoint | undefined> {
  const { core } = reading;
  const { records } = core;
  return readShared(
    records,
    () => openLog(reading, threadId),
    async (log) => {
      const row = await findCheckpoint(records, log, key);
      if (row === undefined) return undefined;
      const [checkpoint] = await loadEntries(core, log, [toEntry(row)]);
      return checkpoint;
    },
  );
}

/** See `CheckpointsApi.list`. */
export async function listCheckpoints(
  reading: Reading,
  threadId: ThreadIdText,
  options: CheckpointListOptions = {},
): Promise<CheckpointPage> {
  const { core } = reading;
  const limit = mustLimit(options.limit);
  const { namespace, id, before, after } = options;
  if (id !== undefined && before !== undefined && compareUtf8(id, before) >= 0) return noPage;
  const page = await readShared(
    core.records,
    () => openLog(reading, threadId),
    async (log): Promise<CheckpointPage> => {
      const rows = await mergeStretches(core.records, log, { namespace, id, before, after }, limit);
      const isEnd = rows.length < limit || (id !== undefined && namespace !== undefined);
      const last = isEnd ? undefined : rows.at(-1);
      return {
        data: rows.map(toEntry),
        next: last ? { namespace: last.namespace, id: last.id } : null,
        ...(typeof log.origin === 'string' && { origin: log.origin }),
      };
    },
  );
  return page ?? noPage;
}

const noPage: CheckpointPage = { data: [], next: null };

/** See `CheckpointsApi.ancestors`. */
export async function listAncestors(
  reading: Reading,
  threadId: ThreadIdText,
  { namespace, id }: CheckpointKey,
  limit: number,
): Promise<CheckpointEntry[]> {
  const { core } = reading;
  mustLimit(limit);
  const { records } = core;
  const found = await readShared(
    records,
    () => openLog(reading, threadId),
    async (log) => {
      const ancestors: CheckpointRow[] = [];
      let row = await findCheckpoint(records, log, { namespace, id });
      while (row?.parentId !== undefined && ancestors.length < limit) {
        row = await findCheckpoint(records, log, { namespace, id: row.parentId });
        if (row !== undefined) ancestors.push(row);
      }
      return ancestors;
    },
  );
  return (found ?? []).map(toEntry);
}

/** See `CheckpointsApi.load`. */
export async function loadCheckpoints(
  reading: Reading,
  threadId: ThreadIdText,
  entries: readonly CheckpointEntry[],
  { channels }: { readonly channels?: readonly string[] } = {},
): Promise<StoredCheckpoint[]> {
  const { core } = reading;
  const loaded = await readShared(
    core.records,
    () => openLog(reading, threadId),
    async (log, attempt) => {
      const current = attempt === 1 ? entries : await refresh(core.records, log, entries);
      return loadEntries(core, log, current, channels && new Set(channels));
    },
  );
  return loaded ?? [];
}

/** The log of a thread whose history the caller may read; `undefined` if there is none. */
async function openLog(
  reading: Reading,
  threadId: ThreadIdText,
): Promise<CheckpointLogRow | undefined> {
  const { core } = reading;
  try {
    const { head } = await mustVisit(reading, 'readLog', threadId);
    return await readLog(core.records, head.id);
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'not_found') return undefined;
    throw error;
  }
}

async function refresh(
  records: Records,
  log: CheckpointLogRow,
  entries: readonly CheckpointEntry[],
): Promise<CheckpointEntry[]> {
  const rows = await Promise.all(entries.map((entry) => findCheckpoint(records, log, entry)));
  return rows.flatMap((row) => (row === undefined ? [] : [toEntry(row)]));
}

/** In descending order of id; if several ranges have a checkpoint, the nearest wins. */
async function mergeStretches(
  records: Records,
  log: CheckpointLogRow,
  range: CheckpointRange,
  limit: number,
): Promise<CheckpointRow[]> {
  const stretches = checkpointStretchesOf(log.threadId, log);
  const found = await Promise.all(
    stretches.map((stretch) => scanCheckpoints(records, stretch, range, limit)),
  );
  if (found.length === 1) return found[0]!;
  const seen = new Set<string>();
  const rows = found.flat().filter((row) => {
    const name = JSON.stringify([row.namespace, row.id]);
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
  return rows
    .toSorted((a, b) => compareUtf8(b.id, a.id) || compareUtf8(b.namespace, a.namespace))
    .slice(0, limit);
}

export function toEntry(row: CheckpointRow): CheckpointEntry {
  const { namespace, id, parentId } = row;
  return {
    namespace,
    id,
    ...(parentId !== undefined && { parentId }),
    content: toPacked(row),
    metadata: row.metadata as CheckpointEntry['metadata'], // as put wrote it
    versions: Object.entries(row.versions),
    values: Object.entries(row.values),
  };
}

async function loadEntries(
  core: Core,
  log: CheckpointLogRow,
  entries: readonly CheckpointEntry[],
  channels?: ReadonlySet<string>,
): Promise<StoredCheckpoint[]> {
  const reader = new ElementReader(core, log);
  const resolved = await Promise.all(
    entries.map(({ values }) => {
      const wanted = channels ? values.filter(([channel]) => channels.has(channel)) : values;
      return Promise.all(
        wanted.map(([channel, pointer]) => resolveValue(reader, channel, asPointer(pointer))),
      );
    }),
  );
  const [writes] = await Promise.all([
    Promise.all(entries.map((entry) => readWrites(core.records, log, entry))),
    needValues(reader, resolved.flat()),
  ]);
  return entries.map((entry, i) => ({
    ...entry,
    channels: resolved[i]!.map((value) => [value.channel, valueOf(reader, value)] as const),
    writes: writes[i]!.map(({ taskId, channel, ...row }): StoredWrite => {
      return { taskId, channel, value: toPacked(row) };
    }),
    epoch: log.epoch,
  }));
}

/** The writes on top of a checkpoint, ordered by task and index. */
async function readWrites(
  records: Records,
  log: CheckpointLogRow,
  key: CheckpointKey,
): Promise<CheckpointWriteRow[]> {
  const found = new Map<string, CheckpointWriteRow>();
  const stretches = checkpointStretchesOf(log.threadId, log);
  // Later ranges win here, so the nearest one comes last.
  for (const stretch of stretches.toReversed()) {
    for (const row of await scanWrites(records, stretch, key)) {
      found.set(JSON.stringify([row.taskId, row.index]), row);
    }
  }
  const rows = [...found.values()];
  if (stretches.length === 1) return rows;
  return rows.toSorted((a, b) => compareUtf8(a.taskId, b.taskId) || a.index - b.index);
}

/** Rows in key order: of two rows for one task and index, the newer comes later. */
async function scanWrites(
  records: Records,
  { threadId, through }: CheckpointStretch,
  { namespace, id }: CheckpointKey,
): Promise<CheckpointWriteRow[]> {
  const rows: CheckpointWriteRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const step = await records.scan(checkpointWrites, {
      prefix: [threadId, namespace, id],
      limit: 1000,
      ...(last && { after: [last.taskId, last.index, last.version] }),
    });
    rows.push(...step);
    if (step.length < 1000) break;
  }
  return through === undefined ? rows : rows.filter(({ version }) => version <= through);
}
