import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { cutText } from '../../shared/text.ts';
import { textOf } from '../items/parts.ts';

export const previewLengthMax = 100;

/** How far back a preview is looked for: past this many rows that nobody sees, there is none. */
export const rowsPreviewedMax = 100;

/** The fields of a head that sum up what people see last. */
export type Preview = Pick<ThreadRow, 'lastPreview' | 'lastRole' | 'previewItemId'>;

export const noPreview: Preview = {
  lastPreview: '',
  lastRole: undefined,
  previewItemId: undefined,
};

/**
 * Whether people see an item in the place where it stands. Hidden, archived, private and redacted items
 * are never summed up in a list: the list may be read by more people than the item.
 */
export function isPreviewable(shown: ItemRow): boolean {
  return shown.visibility === 'visible' && !shown.private && shown.redactedAt === undefined;
}

/** The preview that an item gives; `shown` is the newest revision of it. */
export function previewOf(shown: ItemRow): Preview {
  return {
    lastPreview: previewText(shown),
    lastRole: shown.role,
    previewItemId: shown.originalId ?? shown.id,
  };
}

function previewText(shown: ItemRow): string {
  const text = textOf(shown.parts);
  const line = text.length > 4 * previewLengthMax ? text.slice(0, 4 * previewLengthMax) : text;
  const tidy = untidy.test(line) ? line.replace(whitespace, ' ') : line;
  const short = cutText(tidy.trim().toWellFormed(), previewLengthMax);
  // A part without words, such as a tool call or a file, shows as its kind.
  return short === '' ? cutText(`[${shown.parts[0]?.type ?? 'empty'}]`, previewLengthMax) : short;
}

// oxlint-disable-next-line no-control-regex -- a preview is one line of plain text
const whitespace = /[\s\u0000-\u001f\u007f-\u009f]+/g;
/**
 * Whether replacing would change anything. Most texts have single spaces only, and finding that out takes a
 * third of the time that replacing each of them by itself takes, on every append.
 */
// oxlint-disable-next-line no-control-regex -- as above
const untidy = /[^\S ]|[\u0000-\u001f\u007f-\u009f]| {2}/;
