import type { RunRow, ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Records } from '../../records/records.ts';
import type { Visiting } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { visit } from '../access/authorize.ts';
import { mayDerive } from '../access/may-derive.ts';
import { decideMarks } from '../log/decide-marks.ts';
import { findItem, scanLog, throughId, type LogRow } from '../log/item-log.ts';
import { viewRows, type ShownRow } from '../log/item-view.ts';
import type { Item } from '../../api/item.ts';
import { presentItem } from '../items/present-item.ts';
import { rowsScannedMax } from '../base/paginate.ts';

/** An item as the model gets it, with the id of the original in whose place it is shown. */
export interface ContextEntry {
  readonly originalId: ItemId;
  readonly item: Item;
}

/** Consecutive items, oldest first, and whether the thread begins with them. */
export interface ContextEntries {
  readonly entries: readonly ContextEntry[];
  readonly isWhole: boolean;
}

/**
 * A thread as the model gets it (the view `context`), for any caller that asks: even for one who
 * may write in a public thread without being a member, and who may not read this view.
 *
 * The answer to a private question goes to the user who asked, so its context has what that user
 * may read. Any other answer goes to everybody: private items, and the answers that saw them, are
 * left out, even for their own authors. What a caller names (`find`) is there if the caller may
 * read it. An agent that takes part gets nothing hidden, and nothing private but the question.
 */
export class ContextLog {
  readonly #reading: Visiting;
  readonly #records: Records;
  readonly #head: ThreadRow;
  /** Who may see all that is in the context. */
  readonly #audience: Member | 'everybody';
  /** An agent that takes part sees what people see. */
  readonly #isOfAgent: boolean;

  private constructor(
    reading: Visiting,
    head: ThreadRow,
    audience: Member | 'everybody',
    isOfAgent: boolean,
  ) {
    this.#reading = reading;
    this.#records = reading.core.records;
    this.#head = head;
    this.#audience = audience;
    this.#isOfAgent = isOfAgent;
  }

  /** The context of a run's answer. */
  static async open(
    reading: Visiting,
    head: ThreadRow,
    { inputItemId, authorId }: RunRow,
  ): Promise<ContextLog> {
    const { records } = reading.core;
    const isOfAgent = authorId !== undefined;
    const input =
      inputItemId === undefined ? undefined : await findItem(records, head, inputItemId);
    if (!input?.row.private) return new ContextLog(reading, head, 'everybody', isOfAgent);
    const { core, principal } = reading;
    const { projectId } = principal;
    const { authorId: userId } = input.row;
    const asker = userId === undefined ? { projectId } : { projectId, userId };
    const asking = await visit({ core, principal: asker }, head);
    // Of what is private an agent that takes part sees the question, which is found by its id.
    if (isOfAgent) return new ContextLog(asking, head, 'everybody', isOfAgent);
    return new ContextLog(reading, head, asking.principal, isOfAgent);
  }

  /** What is shown in place of an item, or of the one that it revises. */
  async find(id: ItemId | undefined): Promise<ContextEntry | undefined> {
    const named = id === undefined ? undefined : await this.#findRow(id);
    const originalId = named?.row.originalId;
    const row = originalId === undefined ? named : await this.#findRow(originalId);
    const [shown] = await viewRows(this.#reading, this.#head, 'context', row ? [row] : []);
    return shown && this.#entryOf(shown);
  }

  /** The newest items before an item. */
  before(originalId: ItemId | undefined, countMax: number): Promise<ContextEntries> {
    return this.#upTo(originalId, countMax);
  }

  /** The newest items up to and including an item. */
  through(originalId: ItemId | undefined, countMax: number): Promise<ContextEntries> {
    return this.#upTo(originalId && throughId(originalId), countMax);
  }

  async #upTo(end: string | undefined, countMax: number): Promise<ContextEntries> {
    const found: ContextEntry[] = [];
    let before = end;
    for (let scanned = 0; found.length < countMax && scanned < rowsScannedMax;) {
      const limit = Math.min(countMax - found.length, 1000);
      const rows = await this.#scan({ reverse: true, limit, ...(before && { before }) });
      found.push(...(await this.#present(rows)));
      if (rows.length < limit) return { entries: found.toReversed(), isWhole: true };
      scanned += rows.length;
      before = rows.at(-1)!.row.id; // a full page is not empty
    }
    return { entries: found.toReversed(), isWhole: false };
  }

  /** Those of the items after this one that answer items before it. Reads `limit` rows. */
  async answersAfter(originalId: ItemId, limit: number): Promise<ContextEntry[]> {
    const rows = await this.#scan({ after: throughId(originalId), limit });
    const answers = rows.filter(({ row: { role, runId, parentId } }) => {
      return role === 'assistant' && runId !== undefined && (parentId ?? originalId) < originalId;
    });
    return this.#present(answers);
  }

  /** The first items of the thread. */
  async first(limit: number): Promise<readonly Item[]> {
    const entries = await this.#present(await this.#scan({ limit }));
    return entries.map(({ item }) => item);
  }

  #findRow(id: ItemId): Promise<LogRow | undefined> {
    return findItem(this.#records, this.#head, id);
  }

  #scan(range: Parameters<typeof scanLog>[2]): Promise<LogRow[]> {
    return scanLog(this.#records, this.#head, range);
  }

  async #present(rows: readonly LogRow[]): Promise<ContextEntry[]> {
    const shown = await this.#viewRows(rows);
    return shown.map((row) => this.#entryOf(row));
  }

  async #viewRows(rows: readonly LogRow[]): Promise<ShownRow[]> {
    const { core, principal } = this.#reading;
    const audience = this.#audience;
    const viewer = audience === 'everybody' ? principal : audience;
    const viewed = await viewRows({ core, principal: viewer }, this.#head, 'context', rows);
    const shown = viewed.filter((row) => row !== undefined).filter((row) => this.#isForIt(row));
    if (audience !== 'everybody') return shown;
    const marked = await decideMarks(
      core,
      this.#head,
      shown.map((row) => row.shown),
    );
    return shown.filter((_, i) => mayDerive(marked[i]!, 'everybody')); // a mark for each row
  }

  #isForIt({ original, shown }: ShownRow): boolean {
    if (!this.#isOfAgent) return true;
    return original.visibility === 'visible' && shown.visibility === 'visible';
  }

  #entryOf({ original, shown }: ShownRow): ContextEntry {
    return { originalId: original.id, item: presentItem(shown, this.#head.id) };
  }
}
