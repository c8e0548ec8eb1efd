import type { LastMessage } from '../../api/thread-metadata.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { mayHaveMarks, withoutMarks } from '../../shared/markdown.ts';
import { cutText, lineOf } from '../../shared/text.ts';
import { textOf } from '../../shared/parts.ts';
import { mayDerive } from '../access/may-derive.ts';

const previewLengthMax = 100;

/** How many rows back to look for a preview: if none of these is visible, there is none. */
export const rowsPreviewedMax = 100;

/** The fields of a head that summarize the last visible item and the last message. */
export type Preview = Pick<
  ThreadRow,
  'lastPreview' | 'lastRole' | 'previewItemId' | 'lastMessage' | 'lastMessageRole'
>;

export const noPreview: Preview = {
  lastPreview: '',
  lastRole: undefined,
  previewItemId: undefined,
  lastMessage: undefined,
  lastMessageRole: undefined,
};

/** Every append takes this way: fields by name are copied faster than those of a spread. */
export function withPreview(
  head: ThreadRow,
  { lastPreview, lastRole, previewItemId, lastMessage, lastMessageRole }: Preview,
): ThreadRow {
  return { ...head, lastPreview, lastRole, previewItemId, lastMessage, lastMessageRole };
}

/**
 * Whether an item is visible in its own position. Hidden, archived and redacted items, private ones
 * and answers that saw them never appear in a list, which may have more readers than the item.
 */
export function isPreviewable(shown: ItemRow): boolean {
  const isShown = shown.visibility === 'visible' && shown.redactedAt === undefined;
  return isShown && mayDerive(shown, 'everybody');
}

/** Whether its role is user or assistant. */
function isSaid({ role }: Pick<ItemRow, 'role'>): boolean {
  return role === 'user' || role === 'assistant';
}

/** The preview after an append; `undefined` if none of the rows is visible. */
export function previewAfter(
  head: ThreadRow,
  rows: readonly ItemRow[],
  wordsIn: WordsIn = plainWords,
): Preview | undefined {
  const shown = rows.findLast(isPreviewable);
  if (shown === undefined) return undefined;
  if (isSaid(shown)) return previewOf(shown, undefined, wordsIn);
  const said = rows.findLast((row) => isPreviewable(row) && isSaid(row));
  const message = said === undefined ? lastMessageOf(head) : messageOf(said, wordsIn);
  return previewOf(shown, message, wordsIn);
}

/**
 * The preview from the newest revisions of a thread's last items, from the last one up; `before` is
 * the last message before them.
 */
export function previewFrom(
  rows: readonly ItemRow[],
  before?: LastMessage,
  wordsIn: WordsIn = plainWords,
): Preview {
  const seen = rows.filter(isPreviewable);
  const said = seen.find(isSaid);
  if (seen[0] === undefined) return noPreview;
  return previewOf(seen[0], said ? messageOf(said, wordsIn) : before, wordsIn);
}

/** The last message according to the head; `undefined` if there is none. */
export function lastMessageOf(head: ThreadRow): LastMessage | undefined {
  const { lastMessage, lastMessageRole, lastPreview, lastRole } = head;
  if (lastMessageRole !== undefined) return { role: lastMessageRole, text: lastMessage ?? '' };
  if (lastRole === undefined || !isSaid({ role: lastRole })) return undefined;
  return { role: lastRole, text: lastPreview };
}

function messageOf(row: ItemRow, wordsIn: WordsIn): LastMessage {
  return { role: row.role, text: wordsIn(row) };
}

/**
 * The preview that an item gives, with the message before it if the item is not a message itself.
 */
function previewOf(shown: ItemRow, before: LastMessage | undefined, wordsIn: WordsIn): Preview {
  const words = wordsIn(shown);
  const said = isSaid(shown) ? { role: shown.role, text: words } : before;
  // What the preview shows is not stored twice.
  const kept = isSaid(shown) && words !== '' ? undefined : said;
  return {
    lastPreview: words || kindOf(shown),
    lastRole: shown.role,
    previewItemId: shown.originalId ?? shown.id,
    lastMessage: kept?.text,
    lastMessageRole: kept?.role,
  };
}

/** The beginning of what an item says, on one line. */
export function snippetOf(row: ItemRow): string {
  return plainWords(row) || kindOf(row);
}

/** A part without words, such as a tool call or a file, is shown as its kind. */
function kindOf({ parts }: ItemRow): string {
  return cutText(`[${parts[0]?.type ?? 'empty'}]`, previewLengthMax);
}

/** The beginning of what an item says. */
export type WordsIn = (row: ItemRow) => string;

/** Without the marks of Markdown, which a list does not render. */
function plainWords({ parts }: ItemRow): string {
  const text = textOf(parts);
  const line = lineOf(text, previewLengthMax);
  // Most lines have no marks. Looking at the line alone is quicker than at the text.
  return mayHaveMarks(line) ? lineOf(withoutMarks(text), previewLengthMax) : line;
}

/** With them, as versions before stored it. */
export function markedWords({ parts }: ItemRow): string {
  return lineOf(textOf(parts), previewLengthMax);
}
