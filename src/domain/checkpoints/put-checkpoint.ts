import type { ThreadIdText } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import {
  checkpoints,
  type CheckpointLogRow,
  type CheckpointRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Drafting, Reading, Requesting, Writing } from '../base/core.ts';
import {
  elementLane,
  logInDraft,
  pageLane,
  putLog,
  wholeLane,
  type LogInDraft,
} from './checkpoint-log.ts';
import type {
  CheckpointPut,
  CheckpointsApi,
  CheckpointWriteOptions,
  PutOutcome,
} from '../../api/checkpoint.ts';
import { findCheckpoint } from './checkpoint-rows.ts';
import { formatList, toRanges } from './element-list.ts';
import { ElementStore, type HashedValue } from './element-store.ts';
import { mirrorMessages, type Mirrored } from './mirror-messages.ts';
import { mayHaveRedacted, withoutRedacted } from './redact-messages.ts';
import { movedTimes } from './moved-times.ts';
import { hashOf, toPacked, toPackedColumns } from './packed.ts';
import { preparePut, type PreparedPut, type PreparedValue } from './prepare-put.ts';
import { asPointer, type ValuePointer } from './value-pointer.ts';
import { authorize } from '../access/authorize.ts';
import { writeOrCreate } from '../threads/write-or-create.ts';

/** See `CheckpointsApi.put`. */
export async function putCheckpoint(
  reading: Reading,
  threadId: ThreadIdText,
  input: CheckpointPut,
  options: CheckpointWriteOptions = {},
): ReturnType<CheckpointsApi['put']> {
  const { core, principal } = reading;
  const prepared = await preparePut(input);
  const { outcome, afterwards } = await writeOrCreate(
    reading,
    threadId,
    (draft) => storeCheckpoint({ core, principal, draft }, prepared, options),
    prepared.weight,
  );
  await afterwards?.();
  return outcome;
}

interface Step {
  readonly outcome: PutOutcome;
  /** Awaited after the commit. */
  readonly afterwards?: () => Promise<void>;
}

async function storeCheckpoint(
  requesting: Requesting,
  given: PreparedPut,
  options: CheckpointWriteOptions,
): Promise<Step> {
  const writing = await authorize(requesting, 'keepState');
  const { draft } = writing;
  const { head: before } = draft;
  const log = await logInDraft(writing);
  const prepared = mayHaveRedacted(log.row) ? await withoutRedacted(writing, given) : given;
  const { input } = prepared;
  const stored = await storePointers(writing, log, prepared);
  if (stored === undefined) return { outcome: { status: 'resend' } };
  const { pointers, ids, lanes } = stored;
  draft.updateHead({});
  draft.put(put(checkpoints, rowOf(draft, input, pointers), null)); // its version is a new one
  const isShown = isNewest(log.row, input);
  const mirrored: Mirrored = isShown ? await mirrorMessages(writing, log.row, input, pointers) : {};
  putLog(draft, log, {
    ...(lanes && { lanes }),
    ...(isShown && { newestId: input.id }),
    ...(mirrored.list !== undefined && { mirrored: mirrored.list }),
    ...originPatch(log.row, options),
  });
  if (options.isMovedIn === true) keepTimes(draft, before, input);
  const outcome: PutOutcome = { status: 'stored', epoch: log.row.epoch, ids };
  return { outcome, ...(mirrored.afterwards && { afterwards: mirrored.afterwards }) };
}

/** The values of all channels; `undefined` if the caller must send more of them. */
async function storePointers(
  writing: Writing,
  log: LogInDraft,
  { input, values, usesIds }: PreparedPut,
): Promise<StoredValues | undefined> {
  const carried = await carriedValues(writing, log.row, input);
  const areIdsOutdated = usesIds && input.epoch !== log.row.epoch;
  if (areIdsOutdated || carried === undefined) return undefined;
  const stored = await storeValues(writing, log, values);
  return { ...stored, pointers: new Map([...carried, ...stored.pointers]) };
}

/** A checkpoint that comes from elsewhere does not make its thread a recent one. */
function keepTimes(draft: ThreadDraft, before: ThreadRow, input: CheckpointPut): void {
  const madeAtMs = input.namespace === '' || draft.isNew ? input.madeAtMs : undefined;
  draft.head = { ...draft.head, ...movedTimes(draft, before, madeAtMs) };
}

/** Checkpoints may be put in any order; the items show the newest of the root namespace. */
function isNewest({ newestId }: CheckpointLogRow, { namespace, id }: CheckpointPut): boolean {
  return namespace === '' && (newestId === undefined || compareUtf8(newestId, id) <= 0);
}

/**
 * The pointers of the channels without a new value: those of the parent, at the same version.
 * `undefined` if the parent does not exist or lacks one of them. Omitted are channels without a
 * version, which were never written, and, if no parent is named, those that the newest checkpoint
 * lacks, as LangGraph's suite for savers requires.
 */
async function carriedValues(
  { core, draft }: Drafting,
  log: CheckpointLogRow,
  input: CheckpointPut,
): Promise<[string, ValuePointer][] | undefined> {
  const missing = input.channels.filter((channel) => !input.values.has(channel));
  if (missing.length === 0) return [];
  const { namespace, parentId } = input;
  const parent = await findCheckpoint(core.records, log, { namespace, id: parentId }, draft);
  if (parent === undefined) return parentId === undefined ? [] : undefined;
  const versions = new Map(input.versions);
  const before = new Map(Object.entries(parent.versions));
  const values = new Map(Object.entries(parent.values));
  const carried: [string, ValuePointer][] = [];
  for (const channel of missing) {
    const stored = values.get(channel);
    if (stored !== undefined && before.get(channel) === versions.get(channel)) {
      carried.push([channel, asPointer(stored)]);
    } else if (parentId !== undefined && versions.has(channel)) return undefined;
  }
  return carried;
}

interface StoredValues {
  readonly pointers: ReadonlyMap<string, ValuePointer>;
  /** The ids of the elements of lists, by channel. */
  readonly ids: ReadonlyMap<string, readonly number[]>;
  /** The last ids given out, if any were. */
  readonly lanes: CheckpointLogRow['lanes'] | undefined;
}

async function storeValues(
  { core, draft }: Drafting,
  log: LogInDraft,
  values: PreparedPut['values'],
): Promise<StoredValues> {
  // Elements deleted by the same commit must not be found again.
  const isSwept = log.stored !== undefined && log.stored.epoch !== log.row.epoch;
  const store = new ElementStore(core.records, draft, log.row, isSwept);
  const pointers = new Map<string, ValuePointer>();
  const ids = new Map<string, readonly number[]>();
  for (const [channel, value] of values) {
    pointers.set(channel, await storeValue(store, channel, value, ids));
  }
  return { pointers, ids, lanes: store.isChanged ? store.lanes : undefined };
}

async function storeValue(
  store: ElementStore,
  channel: string,
  value: PreparedValue,
  idsOf: Map<string, readonly number[]>,
): Promise<ValuePointer> {
  if (value.kind === 'inline') return value.pointer;
  // One in, one out.
  if (value.kind === 'whole') return (await store.add(wholeLane, [value.value]))[0]!;
  const fresh = value.elements.filter((element) => typeof element !== 'number');
  const added = (await store.add(elementLane(channel), fresh)).values();
  const ids = value.elements.map((element) => {
    // There is one for each new element.
    return typeof element === 'number' ? element : added.next().value!;
  });
  idsOf.set(channel, ids);
  return formatList(toRanges(ids), async (lists) => {
    return store.add(pageLane(channel), await Promise.all(lists.map(toPage)));
  });
}

async function toPage(list: string): Promise<HashedValue> {
  const value = { type: 'page', text: list };
  return { value, hash: await hashOf(value) };
}

/** The origin is stored with the thread's first checkpoint. */
export function originPatch(
  row: CheckpointLogRow,
  { origin }: CheckpointWriteOptions,
): Partial<CheckpointLogRow> {
  return origin === undefined || row.origin !== undefined ? {} : { origin };
}

function rowOf(
  draft: ThreadDraft,
  input: CheckpointPut,
  pointers: ReadonlyMap<string, ValuePointer>,
): CheckpointRow {
  const values = input.channels.flatMap((channel): [string, JsonValue][] => {
    const pointer = pointers.get(channel);
    return pointer === undefined ? [] : [[channel, pointer]];
  });
  return {
    threadId: draft.head.id,
    namespace: input.namespace,
    id: input.id,
    version: draft.head.version,
    parentId: input.parentId,
    ...toPackedColumns(input.content),
    metadata: { ...toPacked(input.metadata) },
    versions: Object.fromEntries(input.versions),
    values: Object.fromEntries(values),
  };
}
