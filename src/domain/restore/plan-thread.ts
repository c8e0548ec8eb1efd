import type { RestoredItem, RestoredThread } from '../../api/restore.ts';
import { titleSources } from '../../api/thread.ts';
import { invalid } from '../../shared/error.ts';
import {
  parseThreadId,
  storedThreadId,
  type ThreadAddress,
  type ThreadId,
} from '../../shared/ids.ts';
import {
  mustKnownKeys,
  mustOneOf,
  mustShortText,
  optionalShortText,
} from '../../shared/validate.ts';
import type { Core } from '../base/core.ts';
import { mustPrincipal } from '../keys/credentials.ts';
import { prepareItems, type PreparedItem } from '../log/prepare-item.ts';
import { stampOf } from '../requests/idempotency.ts';
import { prepareThread, type ThreadContent } from '../threads/prepare-thread.ts';

/** A thread to restore, validated and copied. Times are in milliseconds. */
export interface ThreadPlan {
  readonly thread: ThreadAddress;
  readonly projectId: string;
  readonly ownerId: string;
  readonly content: ThreadContent;
  readonly times: { readonly createdAt: number; readonly updatedAt: number };
  readonly archivedAt: number | undefined;
  readonly items: readonly PlannedItem[];
  readonly weight: number;
}

/** An item with the ids of where it comes from. */
export interface PlannedItem extends PreparedItem {
  readonly id: string | undefined;
  readonly parentId: string | undefined;
  readonly replacesId: string | undefined;
  readonly redactedAt: number | undefined;
}

const threadKeys: ReadonlySet<string> = new Set<keyof RestoredThread>([
  'id',
  'projectId',
  'ownerId',
  'mode',
  'title',
  'titleSource',
  'visibility',
  'scopeType',
  'scopeId',
  'tags',
  'metadata',
  'createdAt',
  'updatedAt',
  'archivedAt',
  'items',
]);

export function planThread(core: Core, input: RestoredThread): ThreadPlan {
  mustKnownKeys(input, threadKeys, '');
  const nowMs = core.clock();
  const principal = mustPrincipal(input.projectId, input.ownerId);
  const items = planItems(core, input);
  const first = items[0]?.content.createdAt;
  const createdAt = timeOf(input.createdAt, 'createdAt') ?? first ?? nowMs;
  const last = items.at(-1)?.content.createdAt;
  return {
    thread: storedThreadId(principal.projectId, threadIdOf(input.id)),
    projectId: principal.projectId,
    ownerId: input.ownerId, // `mustPrincipal` has checked it
    content: contentOf(core, input),
    times: { createdAt, updatedAt: timeOf(input.updatedAt, 'updatedAt') ?? last ?? createdAt },
    archivedAt: timeOf(input.archivedAt, 'archivedAt'),
    items,
    weight: items.reduce((sum, { weight }) => sum + weight, 1000),
  };
}

function threadIdOf(value: unknown): ThreadId {
  const id = parseThreadId(value);
  if (id === undefined) throw invalid('id', 'must be 1 to 128 characters of A-Z a-z 0-9 _ . : -');
  return id;
}

/** Titles that were derived are derived again from the items. */
function contentOf({ limits }: Core, input: RestoredThread): ThreadContent {
  const { mode, visibility, scopeType, scopeId, tags, metadata } = input;
  const source = mustOneOf(titleSources, input.titleSource ?? 'user', 'titleSource');
  const isGiven = source === 'user' || source === 'generated';
  const title = isGiven ? input.title : undefined;
  const given = { mode, visibility, scopeType, scopeId, tags, metadata, title };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  const content = prepareThread(limits, Object.fromEntries(known));
  return source === 'generated' && title !== undefined
    ? { ...content, titleSource: source }
    : content;
}

function planItems(core: Core, { projectId, ownerId, items = [] }: RestoredThread): PlannedItem[] {
  if (!Array.isArray(items)) throw invalid('items', 'must be an array');
  const reading = { core, principal: { projectId, userId: ownerId } };
  const plain = items.map((item: RestoredItem) => withoutOrigin(item));
  const prepared = prepareItems(reading, plain, stampOf(core, {}));
  return prepared.map((item, i) => planItem(item, items[i] as RestoredItem)); // one for each
}

/** What other items have, too; of a redacted one, nothing of its content. */
function withoutOrigin(item: RestoredItem): RestoredItem {
  const { id: _id, createdAt: _at, parentId: _parent, replacesId: _replaced, ...rest } = item;
  const { redactedAt, text: _text, parts: _parts, metadata: _metadata, ...bare } = rest;
  return redactedAt === undefined ? rest : { ...bare, text: '' };
}

function planItem(item: PreparedItem, origin: RestoredItem): PlannedItem {
  const { path, content } = item;
  const createdAt = timeOf(origin.createdAt, `${path}.createdAt`) ?? content.createdAt;
  return {
    ...item,
    id: origin.id === undefined ? undefined : mustShortText(origin.id, `${path}.id`),
    parentId: optionalShortText(origin.parentId, `${path}.parentId`),
    replacesId: optionalShortText(origin.replacesId, `${path}.replacesId`),
    redactedAt: timeOf(origin.redactedAt, `${path}.redactedAt`),
    content: { ...content, createdAt },
  };
}

function timeOf(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(path, 'must be a time as in 2026-01-31T12:00:00.000Z');
  return ms;
}
