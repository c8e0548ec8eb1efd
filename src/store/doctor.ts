/**
 * The doctor: reads the log of every thread and compares what is derived from it (heads, lists, keys),
 * and with `repair` derives it anew. Principle 3 of the design: the log is the truth.
 */
import type { Noun } from '../domain/base/noun.ts';
import type { Engine } from '../engine/engine.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import {
  isPreviewable,
  lastMessageOf,
  noPreview,
  previewAfter,
  previewFrom,
  type Preview,
} from '../domain/head/preview.ts';
import { expectVersion, put, Records } from '../records/records.ts';
import { changes, items, tags, threads, type ItemRow, type ThreadRow } from '../records/tables.ts';
import { isMessage, tagRowsOf } from '../records/thread-draft.ts';
import { mustBeWhole } from './copy/must-be-whole.ts';
import { nouns, tablesOf } from './nouns.ts';

export interface DoctorOptions {
  /** Derives anew what is wrong. Default false: only says so. */
  readonly repair: boolean;
  /** Called now and then with what was read so far. */
  readonly onProgress?: (done: { readonly threads: number; readonly items: number }) => void;
}

export interface DoctorProblem {
  readonly threadId: string;
  /** `order`, `head`, `list` or `key`. */
  readonly kind: string;
  readonly detail: string;
  /** `order` cannot be repaired: the log itself is wrong there. */
  readonly repaired: boolean;
}

export interface DoctorReport {
  readonly threads: number;
  readonly items: number;
  readonly problems: readonly DoctorProblem[];
}

/** Checks a store that nobody else has open. Throws what opening the engine throws. */
export function doctor(engine: Engine, options: DoctorOptions): Promise<DoctorReport> {
  return doctorOf(nouns, engine, options);
}

/** Checks a store of these nouns. */
export async function doctorOf(
  nouns: readonly Noun[],
  engine: Engine,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const open = await OpenEngine.open(engine, tablesOf(nouns));
  try {
    await mustBeWhole(new Records(open));
    const examination = new Examination(new Records(open), options);
    return await examination.run();
  } finally {
    await open.close();
  }
}

class Examination {
  readonly #records: Records;
  readonly #options: DoctorOptions;
  readonly #problems: DoctorProblem[] = [];
  #threads = 0;
  #items = 0;

  constructor(records: Records, options: DoctorOptions) {
    this.#records = records;
    this.#options = options;
  }

  async run(): Promise<DoctorReport> {
    for await (const head of this.#records.scanTable(threads)) {
      if (head.deletedAt !== undefined) continue;
      this.#threads++;
      await this.#examine(head);
      if (this.#threads % 100 === 0) this.#report();
    }
    this.#report();
    return { threads: this.#threads, items: this.#items, problems: this.#problems };
  }

  #report(): void {
    this.#options.onProgress?.({ threads: this.#threads, items: this.#items });
  }

  async #examine(head: ThreadRow): Promise<void> {
    const log = await this.#readLog(head);
    const current = await this.#checkHead(head, log);
    await this.#checkLists(current);
    await this.#checkTags(current);
  }

  /** One pass over the thread's own items, keeping only what the head is derived from. */
  async #readLog(head: ThreadRow): Promise<LogSummary> {
    const start = head.lineage?.at(-1)?.itemId;
    const log: LogSummary = {
      count: 0,
      lastId: start,
      lastPosition: undefined,
      lastVersion: 0,
      messages: 0,
      recent: [],
    };
    for await (const row of this.#records.scanAll(items, [head.id])) {
      if (start !== undefined && row.id <= start) continue; // a copy below a fork point that is still shared
      this.#items++;
      if (!isNext(head, log, row)) {
        this.#found(
          head,
          'order',
          `item ${row.id} has position ${row.position} after ${log.lastPosition}`,
          false,
        );
      }
      if (row.commitVersion < log.lastVersion) {
        this.#found(
          head,
          'order',
          `item ${row.id} has a version before that of the item before it`,
          false,
        );
      }
      if (row.key !== undefined) await this.#checkKey(head, row);
      log.count++;
      log.lastId = row.id;
      log.lastPosition = row.position;
      log.lastVersion = row.commitVersion;
      if (isMessage(row)) log.messages++;
      log.recent.push(row);
      if (log.recent.length > 200) log.recent.splice(0, 100);
    }
    return log;
  }

  /** Returns the head as it is now. */
  async #checkHead(head: ThreadRow, log: LogSummary): Promise<ThreadRow> {
    const expected = {
      ...expectedEnd(head, log),
      version: Math.max(head.version, log.lastVersion, await this.#lastChangeVersion(head)),
      ...(await this.#expectedPreview(head, log)),
      ...expectedMessages(head, log),
    };
    const wrong = Object.entries(expected).filter(
      ([name, value]) => head[name as keyof ThreadRow] !== value, // the names are those of `expected`
    );
    if (wrong.length === 0) return head;
    const detail = wrong
      .map(([name, value]) => `${name} should be ${JSON.stringify(value)}`)
      .join(', ');
    this.#found(head, 'head', detail, this.#options.repair);
    if (!this.#options.repair) return head;
    const repaired = { ...head, ...expected };
    await this.#records.commit({
      puts: [put(threads, repaired)],
      expects: [expectVersion(threads, [head.id], head.version)],
    });
    return repaired;
  }

  async #lastChangeVersion(head: ThreadRow): Promise<number> {
    const [last] = await this.#records.scan(changes, {
      prefix: [head.id],
      reverse: true,
      limit: 1,
    });
    return last?.version ?? 0;
  }

  /** The preview by the rule of `refreshPreview`; of forks, whose preview may lie in the source, what the head has. */
  async #expectedPreview(head: ThreadRow, log: LogSummary): Promise<Preview> {
    if (head.lineage !== undefined) return previewIn(head);
    const places: ItemRow[] = [];
    for (const row of log.recent.slice(-100).toReversed()) {
      if (row.originalId !== undefined) continue;
      const newest =
        row.replacedById === undefined
          ? row
          : await this.#records.get(items, [head.id, row.replacedById]);
      if (newest) places.push(newest);
    }
    // What was said last may lie further back than this looks.
    if (places.some(isPreviewable)) return previewFrom(places, lastMessageOf(head));
    return this.#farPreview(head);
  }

  /** A preview stays while nothing that people see comes after it, however much else does. */
  async #farPreview(head: ThreadRow): Promise<Preview> {
    const { id, previewItemId } = head;
    const row = previewItemId && (await this.#records.get(items, [id, previewItemId]));
    if (!row) return noPreview;
    const newest = row.replacedById && (await this.#records.get(items, [id, row.replacedById]));
    return previewAfter(head, [newest || row]) ?? noPreview;
  }

  async #checkLists(head: ThreadRow): Promise<void> {
    if (head.listedAt === undefined) return;
    const { projectId, ownerId, archived, listedAt } = head;
    const lists: [string, (string | boolean | number)[]][] = [
      ['byOwner', [projectId, ownerId, archived, listedAt, head.id]],
    ];
    if (head.scopeType !== undefined && head.scopeId !== undefined) {
      lists.push([
        'byScope',
        [projectId, head.scopeType, head.scopeId, archived, listedAt, head.id],
      ]);
    }
    if (head.listedPublicly)
      lists.push(['byPublic', [projectId, true, archived, listedAt, head.id]]);
    let isMissing = false;
    for (const [index, prefix] of lists) {
      const [entry] = await this.#records.scan(threads, { index, prefix, limit: 1 });
      if (entry !== undefined) continue;
      this.#found(head, 'list', `is missing in the list ${index}`, this.#options.repair);
      isMissing = true;
    }
    if (isMissing && this.#options.repair) await this.#listAnew(head);
  }

  /** An engine may write only the entries that a put moves: told that it was in no list, it writes all. */
  async #listAnew(head: ThreadRow): Promise<void> {
    await this.#records.commit({
      puts: [put(threads, head, { ...head, listedAt: undefined })],
      expects: [expectVersion(threads, [head.id], head.version)],
    });
  }

  async #checkTags(head: ThreadRow): Promise<void> {
    for (const row of tagRowsOf(head)) {
      const stored = await this.#records.get(tags, [row.threadId, row.tag]);
      if (stored?.listedAt === row.listedAt && stored.archived === row.archived) continue;
      if (this.#options.repair) await this.#records.commit({ puts: [put(tags, row)] });
      this.#found(head, 'list', `is misplaced under the tag ${row.tag}`, this.#options.repair);
    }
  }

  async #checkKey(head: ThreadRow, row: ItemRow): Promise<void> {
    const prefix = [head.id, row.key!]; // only keyed items come here
    const found = await this.#records.scan(items, { index: 'byKey', prefix, limit: 2 });
    if (found.length === 1) return;
    if (this.#options.repair && found.length === 0) {
      // As with a head that is in no list: told that it had no key, the engine writes the entry.
      await this.#records.commit({ puts: [put(items, row, { ...row, key: undefined })] });
    }
    const detail = `item ${row.id} is ${found.length === 0 ? 'not' : 'not alone'} under its key`;
    this.#found(head, 'key', detail, this.#options.repair && found.length === 0);
  }

  #found(head: ThreadRow, kind: string, detail: string, repaired: boolean): void {
    if (this.#problems.length < problemsMax) {
      this.#problems.push({ threadId: head.id, kind, detail, repaired });
    }
  }
}

interface LogSummary {
  count: number;
  lastId: ThreadRow['lastItemId'];
  lastPosition: number | undefined;
  lastVersion: number;
  messages: number;
  readonly recent: ItemRow[];
}

function previewIn(head: ThreadRow): Preview {
  const { lastPreview, lastRole, lastMessage, lastMessageRole, previewItemId } = head;
  return { lastPreview, lastRole, lastMessage, lastMessageRole, previewItemId };
}

/** Whether an item follows the one before it. Of what a fork got of a deleted source, some may be left out. */
function isNext(head: ThreadRow, { lastId, lastPosition }: LogSummary, row: ItemRow): boolean {
  if (lastPosition === undefined || lastId === undefined) return true;
  const isAfterCopy = head.forkedItemId !== undefined && lastId <= head.forkedItemId;
  return isAfterCopy ? row.position > lastPosition : row.position === lastPosition + 1;
}

/** How a log ends by its items; that of a fork that has none of its own, by its fork point. */
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

/**
 * A fork's number has in it what the source's was, a thread of an older version was never counted, and of a log
 * with a gap nobody knows.
 */
function expectedMessages(
  { forkedItemId, messageCount }: ThreadRow,
  { count, lastPosition = 0, messages }: LogSummary,
): Pick<ThreadRow, 'messageCount'> {
  const isKnown = forkedItemId === undefined && messageCount !== undefined;
  return { messageCount: isKnown && count === lastPosition ? messages : messageCount };
}

/** A store with more wrong than this is not read problem by problem. */
const problemsMax = 10_000;
