/**
 * Shows the messages of a checkpointed state as items of the thread, in the commit of the
 * checkpoint: a new message is appended, an edited one gets a revision, a removed one is archived,
 * and one that reappears is shown again. The items show the newest checkpoint of the root
 * namespace.
 */
import { SkeinError } from '../../shared/error.ts';
import { jsonEqual, type JsonValue } from '../../shared/json.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import type { CheckpointLogRow, ItemRow, TaskRow } from '../../records/tables.ts';
import type { ItemContent, ThreadDraft } from '../../records/thread-draft.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core, Writing } from '../base/core.ts';
import { appendAnswer } from '../items/append-to-draft.ts';
import { asDrafted, findInDraft, putOverlay } from '../log/draft-items.ts';
import type { ItemVisibility, NewItem } from '../../api/item.ts';
import { readFamily } from '../log/item-family.ts';
import { scanLog } from '../log/item-log.ts';
import { oweForks } from '../forks/owe-forks.ts';
import { prepareItems } from '../log/prepare-item.ts';
import { refreshPreview } from '../head/refresh-preview.ts';
import { elementLane } from './checkpoint-log.ts';
import type { CheckpointPut, MessageChannel, MessageItem } from '../../api/checkpoint.ts';
import { occurrenceKey } from './element-key.ts';
import { findCheckpoint } from './checkpoint-rows.ts';
import { countIds, diffLists } from './element-list.ts';
import { ElementReader } from './read-elements.ts';
import type { ValuePointer } from './value-pointer.ts';

export interface Mirrored {
  /** The list that the items now show; `undefined`: unchanged. */
  readonly list?: string;
  /** Awaited after the commit. */
  readonly afterwards?: () => Promise<void>;
}

interface MirrorInput extends Pick<
  CheckpointPut,
  'namespace' | 'parentId' | 'messages' | 'madeAtMs'
> {
  /** The known times of messages that carry none themselves, by item key. */
  readonly writtenAtMs?: ReadonlyMap<string, number>;
}

export async function mirrorMessages(
  writing: Writing,
  log: CheckpointLogRow,
  input: MirrorInput,
  pointers: ReadonlyMap<string, ValuePointer>,
): Promise<Mirrored> {
  const { core, draft } = writing;
  const { messages } = input;
  const list = messages && pointers.get(messages.channel);
  if (input.namespace !== '' || typeof list !== 'string' || list === log.mirrored) return {};
  // There is a list only where there is a channel.
  const mirror = new Mirror(writing, messages!, input);
  const reader = new ElementReader(core, log, draft);
  const { channel } = messages!;
  const before = await reader.rangesOf(channel, log.mirrored ?? '');
  const after = await reader.rangesOf(channel, list);
  const { added, removed } = diffLists(before, after);
  await reader.need(elementLane(channel), [...added.keys(), ...removed.keys()]);
  const gone = itemsByKey(reader, messages!, removed, countIds(after, removed.keys()));
  for (const [key, message] of itemsByKey(
    reader,
    messages!,
    added,
    countIds(before, added.keys()),
  )) {
    gone.delete(key);
    await mirror.show(key, message);
  }
  const stays = messages?.keepsRemoved === true && (await continuesShown(writing, log, input));
  if (!stays) for (const key of gone.keys()) await mirror.archive(key);
  const owed = await mirror.finish();
  return {
    list,
    ...(owed.length > 0 && {
      afterwards: async () => {
        for (const task of owed) await core.tasks.whenDone(task);
      },
    }),
  };
}

/**
 * Whether a checkpoint follows the one that the items show: what it lacks was removed by its graph.
 * What another branch lacks was never said in it.
 */
async function continuesShown(
  { core, draft }: Writing,
  log: CheckpointLogRow,
  { namespace, parentId, messages }: MirrorInput,
): Promise<boolean> {
  if (parentId === undefined || messages === undefined) return false;
  const parent = await findCheckpoint(core.records, log, { namespace, id: parentId }, draft);
  const shown = parent && new Map(Object.entries(parent.values)).get(messages.channel);
  return shown === log.mirrored;
}

/**
 * The messages of elements that one list has more often than the other, by the keys of their items.
 * A message without a key is identified by its element and its occurrence, and the occurrences in
 * both lists (`shared`) come first. A message with a key that both lists have is shown once and
 * stays.
 */
function itemsByKey(
  reader: ElementReader,
  { channel, toItem }: MessageChannel,
  elements: ReadonlyMap<number, number>,
  shared: ReadonlyMap<number, number>,
): Map<string, MessageItem> {
  const items = new Map<string, MessageItem>();
  for (const [id, count] of elements) {
    const { json, text } = reader.element(channel, id);
    const message = toItem(json ?? parse(text));
    if (message === undefined) continue;
    const { key } = message.item;
    const first = (shared.get(id) ?? 0) + 1;
    if (key === undefined) {
      for (let i = first; i < first + count; i++) items.set(occurrenceKey(id, i), message);
    } else if (first === 1) items.set(key, message);
  }
  return items;
}

/** Large elements are stored as text, whatever they contain. */
function parse(text: string | undefined): JsonValue {
  try {
    return JSON.parse(text ?? 'null') as JsonValue; // JSON.parse gives JSON
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Updates the items of one draft. */
class Mirror {
  readonly #core: Core;
  readonly #principal: Principal;
  readonly #draft: ThreadDraft;
  readonly #channel: MessageChannel;
  readonly #input: MirrorInput;
  readonly #requestId: string;
  readonly #owed: TaskRow[] = [];
  #isVisibilityChanged = false;

  constructor({ core, principal, draft }: Writing, channel: MessageChannel, input: MirrorInput) {
    this.#core = core;
    this.#principal = principal;
    this.#draft = draft;
    this.#channel = channel;
    this.#input = input;
    this.#requestId = newUuidV7(draft.nowMs);
  }

  /** The message is in the state. */
  async show(key: string, message: MessageItem): Promise<void> {
    const content = this.#contentOf(message, key);
    const original = await this.#find(key);
    if (original === undefined) {
      await appendAnswer({ core: this.#core, draft: this.#draft }, content);
      return;
    }
    // What others appended under the key, or redacted, stays as it is.
    if (!this.#isOurs(original) || original.redactedAt !== undefined) return;
    const { replacedById } = original;
    const newest =
      replacedById && (await findInDraft({ core: this.#core, draft: this.#draft }, replacedById));
    const current = newest ?? original;
    if (!isSame(current, content)) {
      // An edit does not make a message newer.
      const createdAt = message.writtenAtMs ?? original.createdAt;
      const revision = { ...content, createdAt, key: undefined, replacesId: current.id };
      await appendAnswer({ core: this.#core, draft: this.#draft }, revision);
    }
    if (original.visibility === 'archived') await this.#setVisibility(original, 'visible');
  }

  /** The message is no longer in the state. */
  async archive(key: string): Promise<void> {
    const original = await this.#find(key);
    if (original === undefined || !this.#isOurs(original)) return;
    if (original.visibility !== 'archived') await this.#setVisibility(original, 'archived');
  }

  /** Must be called last. Returns the tasks owed to forks. */
  async finish(): Promise<readonly TaskRow[]> {
    if (this.#isVisibilityChanged) await refreshPreview({ core: this.#core, draft: this.#draft });
    return this.#owed;
  }

  async #find(key: string): Promise<ItemRow | undefined> {
    const draft = this.#draft;
    const pending = draft.findItemByKey(key);
    if (pending !== undefined || draft.isNew || draft.head.itemCount === 0) return pending;
    const index = { name: 'byKey', value: key };
    const [found] = await scanLog(this.#core.records, draft.head, { index, limit: 1 });
    return found && (await asDrafted({ core: this.#core, draft }, found)).row;
  }

  #isOurs({ metadata }: ItemRow): boolean {
    return Object.hasOwn(metadata, this.#channel.mark);
  }

  async #setVisibility(original: ItemRow, visibility: ItemVisibility): Promise<void> {
    const [core, draft] = [this.#core, this.#draft];
    if (original.threadId !== draft.head.id) {
      await putOverlay({ core, draft }, original.id, { visibility });
    }
    for (const row of await readFamily({ core, draft }, original.id)) {
      if (row.visibility !== visibility) draft.rewriteItem({ ...row, visibility }, row);
    }
    const authorId = this.#principal.userId;
    draft.addChange({ type: 'visibility', itemId: original.id, authorId });
    const task = await oweForks({ core, draft }, 'refresh', original.id);
    if (task) this.#owed.push(task);
    this.#isVisibilityChanged = true;
  }

  #contentOf({ item, writtenAtMs }: MessageItem, key: string): ItemContent {
    const content = this.#prepare({ ...item, key });
    const { writtenAtMs: known, madeAtMs } = this.#input;
    const createdAt = writtenAtMs ?? known?.get(key) ?? madeAtMs ?? this.#draft.nowMs;
    return { ...content, createdAt };
  }

  /** A message that no item can hold must not prevent the state from being stored. */
  #prepare(item: NewItem): ItemContent {
    try {
      return this.#mustPrepare(item);
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code !== 'invalid_request') throw error;
      const { role, key, metadata = {} } = item;
      const mark = metadata[this.#channel.mark] ?? true;
      const note = 'This message is too large or malformed to be shown as an item.';
      return this.#mustPrepare({
        role,
        parts: [{ type: 'text', text: note }],
        ...(key !== undefined && { key }),
        metadata: { [this.#channel.mark]: JSON.stringify(mark).length > 1000 ? true : mark },
      });
    }
  }

  #mustPrepare(item: NewItem): ItemContent {
    const reading = { core: this.#core, principal: this.#principal };
    const stamp = { requestId: this.#requestId, nowMs: this.#draft.nowMs };
    return prepareItems(reading, [item], stamp)[0]!.content; // one in, one out
  }
}

function isSame(row: ItemRow, content: ItemContent): boolean {
  return (
    row.role === content.role &&
    jsonEqual(row.parts, content.parts) &&
    jsonEqual(row.metadata, content.metadata)
  );
}
