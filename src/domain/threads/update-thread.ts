import { givenTitle } from '../head/given-title.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { isObject, toJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, authorizeMore, mustTarget } from '../access/authorize.ts';
import type { Action } from '../../api/access.ts';
import type { Core, Drafting, Reading } from '../base/core.ts';
import { mustBoolean, mustFit, mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { mustTags, visibilityOf } from './prepare-thread.ts';
import { showThread } from '../head/show-thread.ts';
import { threadModes, type Thread, type ThreadMode, type ThreadUpdate } from '../../api/thread.ts';
import { changeBound } from '../participants/move-entries.ts';
import { joinedRow, participantIn, writeParticipant } from '../participants/participant-rows.ts';

/** Changes a thread's own fields, but not its log. See `ThreadsApi.update`. */
export async function updateThread(reading: Reading, update: ThreadUpdate): Promise<Thread> {
  const { core } = reading;
  mustKnownKeys(update, knownKeys, '');
  const id = mustTarget(reading, update.id);
  const mode = update.mode && mustOneOf(threadModes, update.mode, 'mode');
  const fixed = fixedPatch(core, update);
  const merge =
    update.metadata === undefined ? undefined : toJsonObject(update.metadata, 'metadata');
  return core.writer.write(id, async (draft) => {
    const writing = await authorize({ ...reading, draft }, 'read');
    for (const action of actionsOf(update)) await authorizeMore(writing, action);
    mustMatchVersion(draft.head, update.ifVersion);
    const patch = {
      ...fixed,
      ...(merge && { metadata: mergedMetadata({ core, draft }, merge) }),
      // A thread that is unlisted already keeps its address.
      ...(fixed.visibility === draft.head.visibility && { linkKey: draft.head.linkKey }),
    };
    if (mode !== undefined) await changeMode(writing, mode);
    if (Object.keys(patch).length > 0) draft.updateHead(archivedAtOnce(draft, patch));
    return showThread(reading, draft.head);
  });
}

const knownKeys: ReadonlySet<string> = new Set<keyof ThreadUpdate>([
  'id',
  'title',
  'visibility',
  'mode',
  'tags',
  'metadata',
  'archived',
  'ifVersion',
]);

/** The actions that the changed fields require, beside reading. */
function actionsOf(update: ThreadUpdate): Action[] {
  const actions: Action[] = [];
  if (update.visibility !== undefined) actions.push('setVisibility');
  if (update.mode !== undefined) actions.push('setMode');
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

/** An assistant's thread becomes a group; groups and channels become each other. */
async function changeMode(drafting: Drafting, mode: ThreadMode): Promise<void> {
  const { draft } = drafting;
  const { mode: before } = draft.head;
  if (mode === before) return;
  const way = `${before} ${mode}`;
  if (way === 'group channel' || way === 'channel group') return changeBound(drafting, mode);
  if (way !== 'assistant group') {
    throw new SkeinError(
      'conflict',
      `A thread of the mode ${before} cannot become ${mode}: an assistant’s thread becomes a group, and groups and channels become each other.`,
    );
  }
  draft.updateHead({ mode });
  const { ownerId } = draft.head;
  const stored = await participantIn(drafting, ownerId);
  writeParticipant(draft, joinedRow(draft, ownerId, stored), stored);
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
