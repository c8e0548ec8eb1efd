import { givenTitle } from '../head/given-title.ts';
import { invalid } from '../../shared/error.ts';
import { isObject, toJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustTarget } from '../access/authorize.ts';
import type { Action } from '../../api/access.ts';
import type { Core, Drafting, Reading } from '../base/core.ts';
import { mustBoolean, mustFit, mustKnownKeys } from '../../shared/validate.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { mustTags, visibilityOf } from './prepare-thread.ts';
import { showThread } from '../head/show-thread.ts';
import type { Thread, ThreadUpdate } from '../../api/thread.ts';

/** Changes a thread's own fields, but not its log. See `ThreadsApi.update`. */
export async function updateThread(reading: Reading, update: ThreadUpdate): Promise<Thread> {
  const { core } = reading;
  mustKnownKeys(update, knownKeys, '');
  const id = mustTarget(reading, update.id);
  const fixed = fixedPatch(core, update);
  const merge =
    update.metadata === undefined ? undefined : toJsonObject(update.metadata, 'metadata');
  return core.writer.write(id, async (draft) => {
    for (const action of actionsOf(update)) await authorize(reading, action, draft.head);
    mustMatchVersion(draft.head, update.ifVersion);
    const patch = { ...fixed, ...(merge && { metadata: mergedMetadata({ core, draft }, merge) }) };
    if (Object.keys(patch).length > 0) draft.updateHead(archivedAtOnce(draft, patch));
    return showThread(reading, draft.head);
  });
}

const knownKeys: ReadonlySet<string> = new Set<keyof ThreadUpdate>([
  'id',
  'title',
  'visibility',
  'tags',
  'metadata',
  'archived',
  'ifVersion',
]);

/** The actions that the changed fields require. An empty update still needs `read`. */
function actionsOf(update: ThreadUpdate): Action[] {
  const actions: Action[] = ['read'];
  if (update.visibility !== undefined) actions.push('setVisibility');
  const { title, tags, metadata, archived } = update;
  if ((title ?? tags ?? metadata ?? archived) !== undefined) actions.push('rename');
  return actions;
}

function fixedPatch(core: Core, update: ThreadUpdate): Partial<ThreadRow> {
  return {
    ...(update.title !== undefined && givenTitle(update.title)),
    ...(update.visibility !== undefined && visibilityOf(update.visibility)),
    ...(update.tags !== undefined && { tags: mustTags(update.tags, core.limits) }),
    ...(update.archived !== undefined && { archived: mustBoolean(update.archived, 'archived') }),
  };
}

/** Archiving an archived thread keeps the time of the first time. */
function archivedAtOnce(draft: ThreadDraft, patch: Partial<ThreadRow>): Partial<ThreadRow> {
  if (patch.archived === undefined) return patch;
  return {
    ...patch,
    archivedAt: patch.archived ? (draft.head.archivedAt ?? draft.nowMs) : undefined,
  };
}

function mergedMetadata({ core, draft }: Drafting, patch: JsonObject): JsonObject {
  const merged = mergePatch(draft.head.metadata, patch);
  mustFit(merged, 'metadata', core.limits.metadataBytesMax);
  return toJsonObject(merged, 'metadata');
}

/** A JSON merge patch, RFC 7396, section 2. */
function mergePatch(target: JsonValue | undefined, patch: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? mergePatch(merged.get(key), value) : value);
  }
  if (merged.size > 1000) throw invalid('metadata', 'must have at most 1,000 keys');
  return Object.fromEntries(merged);
}
