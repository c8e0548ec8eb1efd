import type { Item } from '../../api/item.ts';
import type { VersionOptions } from '../../api/write-options.ts';
import type { ItemRow } from '../../records/tables.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import type { ItemId, ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { authorize, mustTarget } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import type { AfterCommit } from '../base/hooks.ts';
import { mustItemInDraft, mustShownItem } from '../items/annotated-item.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { showPinned } from './list-pins.ts';

/** How many items a thread may have pinned: its head names them. */
const pinsMax = 50;

/** See `PinsApi.add`. */
export async function addPins(
  reading: Reading,
  threadId: ThreadIdText,
  itemIds: readonly string[],
  options: VersionOptions = {},
): Promise<Item[]> {
  const pinned = await eachItem(reading, threadId, { itemIds, options }, pin);
  return pinned.length === 0 ? [] : showPinned(reading, threadId, pinned);
}

/** See `PinsApi.remove`. */
export async function removePins(
  reading: Reading,
  threadId: ThreadIdText,
  itemIds: readonly string[],
  options: VersionOptions = {},
): Promise<void> {
  await eachItem(reading, threadId, { itemIds, options }, unpin);
}

interface Named {
  readonly itemIds: readonly string[];
  readonly options: VersionOptions;
}

/** Returns the ids of the items' originals. */
async function eachItem(
  { core, principal }: Reading,
  threadId: ThreadIdText,
  { itemIds, options }: Named,
  step: (writing: Writing, itemId: string) => Promise<ItemId>,
): Promise<ItemId[]> {
  mustKnowOptions(options, { ifVersion: true });
  const thread = mustTarget({ core, principal }, threadId);
  if (!Array.isArray(itemIds) || itemIds.length > pinsMax) {
    throw invalid('itemIds', `must be an array of at most ${pinsMax} ids`);
  }
  if (itemIds.length === 0) return [];
  return core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'pin');
    mustMatchVersion(draft.head, options.ifVersion);
    const done: ItemId[] = [];
    for (const itemId of itemIds) done.push(await step(writing, itemId));
    return done;
  });
}

async function pin(writing: Writing, itemId: string): Promise<ItemId> {
  const item = await mustShownItem(writing, itemId);
  const { pins = [] } = writing.draft.head;
  if (pins.includes(item.id)) return item.id;
  if (pins.length >= pinsMax) {
    throw new SkeinError(
      'conflict',
      `The thread has ${pinsMax} pins, and can have no more. Take one from another item first.`,
    );
  }
  setPins(writing, [...pins, item.id]);
  tell(writing, 'pin', item);
  return item.id;
}

/** Also from one that is hidden by now. */
async function unpin(writing: Writing, itemId: string): Promise<ItemId> {
  const item = await mustItemInDraft(writing, itemId);
  if (dropPin(writing, item.id)) tell(writing, 'unpin', item);
  return item.id;
}

function tell({ principal, draft }: Writing, type: 'pin' | 'unpin', { id }: ItemRow): void {
  draft.addChange({ type, itemId: id, authorId: principal.userId });
}

/** What is redacted is nothing to look up. Readers hear of the redaction, which ends the pin. */
export function dropRedacted(
  drafting: Drafting,
  _rows: readonly ItemRow[],
  itemId: ItemId,
): Promise<AfterCommit | undefined> {
  dropPin(drafting, itemId);
  return Promise.resolve(undefined);
}

function dropPin(drafting: Drafting, itemId: ItemId): boolean {
  const { pins } = drafting.draft.head;
  if (!pins?.includes(itemId)) return false;
  setPins(
    drafting,
    pins.filter((id) => id !== itemId),
  );
  return true;
}

/** The version rises with the change that tells of it. */
function setPins({ draft }: Drafting, pins: readonly ItemId[]): void {
  draft.head = { ...draft.head, pins: pins.length > 0 ? pins : undefined };
}
