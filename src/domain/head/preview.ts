import type { LastMessage } from '../../api/thread-metadata.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { cutText, lineOf } from '../../shared/text.ts';
import { textOf } from '../../shared/parts.ts';

const previewLengthMax = 100;

/** How far back a preview is looked for: past this many rows that nobody sees, there is none. */
export const rowsPreviewedMax = 100;

/** The fields of a head that sum up what people see last, and what was said last. */
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

/**
 * Whether people see an item in the place where it stands. Hidden, archived, private and redacted items
 * are never summed up in a list: the list may be read by more people than the item.
 */
export function isPreviewable(shown: ItemRow): boolean {
  return shown.visibility === 'visible' && !shown.private && shown.redactedAt === undefined;
}

/** Whether it is the user or the assistant who speaks. */
function isSaid({ role }: Pick<ItemRow, 'role'>): boolean {
  return role === 'user' || role === 'assistant';
}

/** The preview after rows were appended; `undefined` where people see none of them. */
export function previewAfter(head: ThreadRow, rows: readonly ItemRow[]): Preview | undefined {
  const shown = rows.findLast(isPreviewable);
  if (shown === undefined) return undefined;
  if (isSaid(shown)) return previewOf(shown, undefined);
  const said = rows.findLast((row) => isPreviewable(row) && isSaid(row));
  return previewOf(shown, said === undefined ? lastMessageOf(head) : messageOf(said));
}

/**
 * The preview by the newest revisions of the items at a thread's end, from the last one up; `before` is what was
 * said before them.
 */
export function previewFrom(rows: readonly ItemRow[], before?: LastMessage): Preview {
  const seen = rows.filter(isPreviewable);
  const said = seen.find(isSaid);
  return seen[0] === undefined ? noPreview : previewOf(seen[0], said ? messageOf(said) : before);
}

/** What was said last, as a head tells it; `undefined` where nobody has said anything. */
export function lastMessageOf(head: ThreadRow): LastMessage | undefined {
  const { lastMessage, lastMessageRole, lastPreview, lastRole } = head;
  if (lastMessageRole !== undefined) return { role: lastMessageRole, text: lastMessage ?? '' };
  if (lastRole === undefined || !isSaid({ role: lastRole })) return undefined;
  return { role: lastRole, text: lastPreview };
}

function messageOf(row: ItemRow): LastMessage {
  return { role: row.role, text: wordsOf(row) };
}

/** The preview that an item gives, and what was said before it where that is no message itself. */
function previewOf(shown: ItemRow, before: LastMessage | undefined): Preview {
  const words = wordsOf(shown);
  const said = isSaid(shown) ? { role: shown.role, text: words } : before;
  // What the preview shows is not kept twice.
  const kept = isSaid(shown) && words !== '' ? undefined : said;
  return {
    // A part without words, such as a tool call or a file, shows as its kind.
    lastPreview: words || cutText(`[${shown.parts[0]?.type ?? 'empty'}]`, previewLengthMax),
    lastRole: shown.role,
    previewItemId: shown.originalId ?? shown.id,
    lastMessage: kept?.text,
    lastMessageRole: kept?.role,
  };
}

function wordsOf({ parts }: ItemRow): string {
  return lineOf(textOf(parts), previewLengthMax);
}
