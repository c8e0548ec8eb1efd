import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { shownInDraft } from '../log/draft-items.ts';
import { findItem, scanLog, type LogRow } from '../log/item-log.ts';
import type { ItemId } from '../../shared/ids.ts';
import { textOf } from '../../shared/parts.ts';
import { deriveTitle, derivedTitleLengthMax } from './derive-title.ts';
import { beginningOf } from '../../shared/text.ts';
import { givenTitle } from './given-title.ts';
import { isPreviewable } from './preview.ts';
import type { TitleSource } from '../../api/thread.ts';

export type Title = Pick<ThreadRow, 'title' | 'titleSource' | 'opening'>;

/**
 * The title that appended items give to a thread without one: the beginning of the first visible
 * text of a user. It runs on every append, so a thread with a title costs one comparison.
 */
export function titleFrom(head: ThreadRow, rows: readonly ItemRow[]): Title | undefined {
  if (head.titleSource !== ('default' satisfies TitleSource)) return undefined;
  for (const row of rows) {
    const title = isPreviewable(row) ? titleOfItem(row) : undefined;
    if (title) return title;
  }
  return undefined;
}

function openingOf(text: string): string {
  return beginningOf(text, derivedTitleLengthMax);
}

function titleOfItem(row: ItemRow): Title | undefined {
  if (row.role !== 'user') return undefined;
  const text = textOf(row.parts);
  const title = deriveTitle(text);
  if (title === undefined) return undefined;
  return { title, titleSource: 'derived' satisfies TitleSource, opening: openingOf(text) };
}

/**
 * Recomputes a derived title after a visible item was edited, hidden, shown again or redacted,
 * since a list of threads must not show what the thread itself does not. Titles of other sources
 * stay.
 */
export async function refreshTitle(drafting: Drafting): Promise<void> {
  const { draft } = drafting;
  if (draft.head.titleSource !== ('derived' satisfies TitleSource)) {
    // It is no longer needed, and its text may be what was withdrawn.
    if (draft.head.opening !== undefined) draft.head = { ...draft.head, opening: undefined };
    return;
  }
  const originals = (await firstRows(drafting)).filter(({ row }) => row.originalId === undefined);
  draft.head = { ...draft.head, ...titleFromRows(await shownInDraft(drafting, originals)) };
}

/**
 * A title that a model has made of the first items may hold what one of them said: once that is
 * redacted, the title is a derived one again, which the caller must recompute.
 */
export async function takeBackTitle({ core, draft }: Drafting, redactedId: ItemId): Promise<void> {
  if (draft.head.titleSource !== ('generated' satisfies TitleSource)) return;
  const found =
    draft.findItem(redactedId) ?? (await findItem(core.records, draft.head, redactedId))?.row;
  if (found !== undefined && found.position > itemsNamedMax) return;
  draft.head = { ...draft.head, titleSource: 'derived' satisfies TitleSource };
}

/** A title is generated of the first exchange, so beyond this many items none is. */
export const itemsNamedMax = 12;

/** The title that the first items of a thread give it, or the default. */
export function titleFromRows(rows: readonly ItemRow[]): Title {
  let found: Title | undefined;
  for (const row of rows) found ??= isPreviewable(row) ? titleOfItem(row) : undefined;
  return found ?? { ...givenTitle(undefined), opening: undefined };
}

/**
 * A title comes from the beginning of a thread: if the first rows have no visible text of a user,
 * there is none.
 */
export const rowsTitledMax = 100;

async function firstRows({ core, draft }: Drafting): Promise<LogRow[]> {
  const logged = await scanLog(core.records, draft.head, { limit: rowsTitledMax });
  const stretch = { threadId: draft.head.id, limited: false };
  const pending = draft.appended.map((row) => ({ row, stretch }));
  return [...logged, ...pending].slice(0, rowsTitledMax);
}
