import type { SkeinError } from '../shared/error.ts';
import type { Item, ItemPage } from '../api/item.ts';
import type { LiveEvent } from '../api/live.ts';
import type { Reaction, ReactionChange } from '../api/reaction.ts';
import type { Thread } from '../api/thread.ts';

/** The state of an observer at one moment. Immutable. */
export interface ThreadSnapshot {
  /**
   * `idle`: there is no subscriber yet; `loading`: the first page is being loaded; `live`: the page
   * is loaded and updates arrive; `ended`: the thread was deleted or access has ended; `failed`:
   * see `error`, and call `retry`.
   */
  readonly status: 'idle' | 'loading' | 'live' | 'ended' | 'failed';
  readonly thread: Thread | undefined;
  /** Oldest first. */
  readonly items: readonly Item[];
  /** Whether `loadOlder` finds more. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly error: SkeinError | undefined;
}

/** An item and the id of the original whose place it takes. */
interface Entry {
  readonly originalId: string;
  readonly item: Item;
}

/** The loaded items: an unbroken range of the view that ends with the newest. */
export interface LoadedItems {
  readonly entries: readonly Entry[];
  /** Where the next older page begins; `null` at the beginning of the thread. */
  readonly olderAnchor: string | null;
}

/** From the newest page, which comes newest first. */
export function loadedFromPage(page: ItemPage): LoadedItems {
  return { entries: entriesOf(page), olderAnchor: page.nextCursor };
}

export function withOlderPage(loaded: LoadedItems, page: ItemPage): LoadedItems {
  const known = new Set(loaded.entries.map(({ item }) => item.id));
  const older = entriesOf(page).filter(({ item }) => !known.has(item.id));
  return { entries: [...older, ...loaded.entries], olderAnchor: page.nextCursor };
}

/**
 * Drops the oldest items beyond `itemsMax`, since a page that stays open for days must not fill the
 * memory.
 */
export function trimmed(loaded: LoadedItems, itemsMax: number): LoadedItems {
  if (loaded.entries.length <= itemsMax) return loaded;
  const entries = loaded.entries.slice(-itemsMax);
  return { entries, olderAnchor: entries[0]!.item.id };
}

/**
 * The items after an event: the same object if nothing changed, or `reload` if the event does not
 * tell where its item belongs.
 */
export function withEvent(loaded: LoadedItems, event: LiveEvent): LoadedItems | 'reload' {
  if (event.type === 'head' || event.type === 'participant') return loaded;
  if (event.type === 'item') return withItem(loaded, event.item);
  if (event.type === 'reaction') return withReaction(loaded, event.reaction);
  const { change, item } = event;
  const { entries } = loaded;
  const at = entries.findLastIndex(({ originalId }) => originalId === change.itemId);
  if (at === -1) return isBeforeLoaded(loaded, change.itemId) ? loaded : 'reload';
  if (item === undefined) return { ...loaded, entries: entries.toSpliced(at, 1) };
  return { ...loaded, entries: entries.with(at, { originalId: change.itemId, item }) };
}

function withReaction(loaded: LoadedItems, change: ReactionChange): LoadedItems {
  const { entries } = loaded;
  const at = entries.findLastIndex(({ originalId }) => originalId === change.itemId);
  const entry = entries[at];
  if (entry === undefined) return loaded;
  const { reactions: _before, ...item } = entry.item;
  const reactions = reactionsAfter(entry.item.reactions ?? [], change);
  const after = reactions.length > 0 ? { ...item, reactions } : item;
  return { ...loaded, entries: entries.with(at, { ...entry, item: after }) };
}

/** The event tells the count, so it may be applied to a page that knows of it already. */
function reactionsAfter(
  reactions: readonly Reaction[],
  { emoji, userId, added, count, mine: isMine }: ReactionChange,
): readonly Reaction[] {
  const at = reactions.findIndex((reaction) => reaction.emoji === emoji);
  const { mine = false, userIds = [] } = reactions[at] ?? {};
  const others = userIds.filter((id) => id !== userId);
  const isNamed = added && (userIds.includes(userId) || userIds.length < usersNamedMax);
  const after: Reaction = {
    emoji,
    count,
    mine: isMine ? added : mine,
    userIds: isNamed ? [...others, userId] : others,
  };
  if (at < 0) return count > 0 ? [...reactions, after] : reactions;
  return count > 0 ? reactions.with(at, after) : reactions.toSpliced(at, 1);
}

const usersNamedMax = 10;

function withItem(loaded: LoadedItems, item: Item): LoadedItems | 'reload' {
  const { entries } = loaded;
  const last = entries.at(-1);
  const isNewest = last === undefined || item.id > last.originalId;
  if (isNewest) return { ...loaded, entries: [...entries, { originalId: item.id, item }] };
  const at = entries.findLastIndex(({ originalId }) => originalId === item.id);
  // The item was already in the page that was loaded before this event.
  return at === -1
    ? 'reload'
    : { ...loaded, entries: entries.with(at, { originalId: item.id, item }) };
}

function isBeforeLoaded({ entries, olderAnchor }: LoadedItems, originalId: string): boolean {
  const oldest = entries[0];
  return olderAnchor !== null && oldest !== undefined && originalId < oldest.originalId;
}

function entriesOf(page: ItemPage): Entry[] {
  return page.data.map((item) => ({ originalId: item.replacesId ?? item.id, item })).toReversed();
}
