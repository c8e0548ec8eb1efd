/** Computes a head from the log that it derives from, for the doctor to compare. */
import type { Records } from '../../records/records.ts';
import { changes, items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { isMessage } from '../../records/message-position.ts';
import type { ItemId } from '../../shared/ids.ts';
import { isUndecided } from '../log/decide-marks.ts';
import {
  isPreviewable,
  lastMessageOf,
  markedWords,
  noPreview,
  previewAfter,
  previewFrom,
  rowsPreviewedMax,
  type Preview,
  type WordsIn,
} from './preview.ts';

/** The summary of one pass over a thread's own items. */
export class LogSummary {
  count = 0;
  lastId: ThreadRow['lastItemId'];
  lastPosition: number | undefined;
  lastVersion = 0;
  messages = 0;
  /** That of the last item; absent in a log that only older versions have written. */
  messagePosition: number | undefined;
  readonly recent: ItemRow[] = [];
  #firstPrivateId: ItemId | undefined;

  /** Whether a preview of an older form is to be renewed, too. */
  readonly isRebuilding: boolean;

  constructor(head: ThreadRow, isRebuilding: boolean) {
    this.lastId = inheritedEnd(head);
    this.isRebuilding = isRebuilding;
  }

  add(row: ItemRow): void {
    this.count++;
    this.lastId = row.id;
    this.lastPosition = row.position;
    this.lastVersion = row.commitVersion;
    this.messagePosition = row.messagePosition ?? this.messagePosition;
    if (isMessage(row)) this.messages++;
    if (row.private) this.#firstPrivateId ??= row.id;
    this.recent.push(row);
    if (this.recent.length > 2 * rowsPreviewedMax) this.recent.splice(0, rowsPreviewedMax);
  }

  /** The mark of an answer of an older version, as `decideMarks` gives it. */
  decide(row: ItemRow): ItemRow {
    if (!isUndecided(row)) return row;
    const firstId = this.#firstPrivateId;
    return { ...row, sawPrivate: firstId !== undefined && firstId < row.id };
  }
}

/** Up to here a fork still reads the logs of others, whatever copies it has already. */
export function inheritedEnd(head: ThreadRow): ThreadRow['lastItemId'] {
  return head.lineage?.at(-1)?.itemId;
}

/** The expected values of the head's columns that follow from its log. */
export async function expectedHead(
  records: Records,
  head: ThreadRow,
  log: LogSummary,
): Promise<Partial<ThreadRow>> {
  return {
    ...expectedEnd(head, log),
    version: Math.max(head.version, log.lastVersion, await lastChangeVersion(records, head)),
    ...(await expectedPreview(records, head, log)),
    ...expectedMessages(head, log),
    messagePosition: log.messagePosition ?? head.messagePosition,
  };
}

/** The end of a log by its items; for a fork without own items, its fork point. */
function expectedEnd(
  head: ThreadRow,
  log: LogSummary,
): Pick<ThreadRow, 'itemCount' | 'lastItemId'> {
  const { forkedItemId, itemCount } = head;
  const { lastId, lastPosition = 0 } = log;
  if (forkedItemId === undefined || (lastId !== undefined && lastId > forkedItemId)) {
    return { itemCount: lastPosition, lastItemId: lastId };
  }
  const isWhole = log.count > 0 && lastId === forkedItemId;
  return { itemCount: isWhole ? lastPosition : itemCount, lastItemId: forkedItemId };
}

async function lastChangeVersion(records: Records, head: ThreadRow): Promise<number> {
  const [last] = await records.scan(changes, { prefix: [head.id], reverse: true, limit: 1 });
  return last?.version ?? 0;
}

/**
 * Follows the rule of `refreshPreview`; for forks, whose preview may be in the source, trusts the
 * head.
 */
async function expectedPreview(
  records: Records,
  head: ThreadRow,
  log: LogSummary,
): Promise<Preview> {
  if (head.lineage !== undefined) return previewIn(head);
  const shown: ItemRow[] = [];
  for (const row of log.recent.slice(-rowsPreviewedMax).toReversed()) {
    if (row.originalId !== undefined) continue;
    const { replacedById } = row;
    const newest = replacedById ? await records.get(items, [head.id, replacedById]) : row;
    if (newest) shown.push(newest);
  }
  const previewer = new Previewer(records, head);
  const decided = shown.map((row) => log.decide(row));
  const wanted = await previewer.preview(decided);
  if (log.isRebuilding || isSamePreview(wanted, head)) return wanted;
  // An older version did not know that some of its answers are not for everybody, and kept the
  // marks of Markdown: that is no fault.
  for (const [rows, wordsIn] of [
    [shown, undefined],
    [decided, markedWords],
    [shown, markedWords],
  ] as const) {
    const older = await previewer.preview(rows, wordsIn);
    if (isSamePreview(older, head)) return older;
  }
  return wanted;
}

class Previewer {
  readonly #records: Records;
  readonly #head: ThreadRow;

  constructor(records: Records, head: ThreadRow) {
    this.#records = records;
    this.#head = head;
  }

  async preview(shown: readonly ItemRow[], wordsIn?: WordsIn): Promise<Preview> {
    // The last message may be further back than this looks.
    if (shown.some(isPreviewable)) return previewFrom(shown, lastMessageOf(this.#head), wordsIn);
    return this.#farPreview(wordsIn);
  }

  /** A preview stays while no visible item follows it, however many other items do. */
  async #farPreview(wordsIn?: WordsIn): Promise<Preview> {
    const { id, previewItemId } = this.#head;
    const row = previewItemId && (await this.#records.get(items, [id, previewItemId]));
    if (!row) return noPreview;
    const newest = row.replacedById && (await this.#records.get(items, [id, row.replacedById]));
    return previewAfter(this.#head, [newest || row], wordsIn) ?? noPreview;
  }
}

function isSamePreview(preview: Preview, head: ThreadRow): boolean {
  const names = Object.keys(noPreview) as (keyof Preview)[]; // it has all of them
  return names.every((name) => preview[name] === head[name]);
}

function previewIn(head: ThreadRow): Preview {
  const { lastPreview, lastRole, lastMessage, lastMessageRole, previewItemId } = head;
  return { lastPreview, lastRole, lastMessage, lastMessageRole, previewItemId };
}

/**
 * The count cannot be checked in three cases: a fork's count includes that of its source, a thread
 * of an older version was never counted, and a log with a gap has lost items.
 */
function expectedMessages(
  { forkedItemId, messageCount }: ThreadRow,
  { count, lastPosition = 0, messages }: LogSummary,
): Pick<ThreadRow, 'messageCount'> {
  const isKnown = forkedItemId === undefined && messageCount !== undefined;
  return { messageCount: isKnown && count === lastPosition ? messages : messageCount };
}
