import type { Item, NewEdge, NewItem, ProjectApi } from '../store-types.ts';
import { SkeinError } from '../../shared/error.ts';
import { IdMap } from './id-map.ts';
import type { ThreadResult } from './importer.ts';
import { batchBytesMax, batchItemsMax } from './item-batches.ts';
import { LineError } from './read-lines.ts';
import { keyOfImport, type SavedEdge, type SavedItem, type SavedThread } from './skein-lines.ts';

/**
 * Writes one saved thread. Items wait until a batch is full, or until one refers to another waiting
 * item, whose new id is unknown before it is written. The first batch is part of the commit that
 * creates the thread. So a thread that fits one batch without such references is created as a whole
 * or not at all; a second import continues any other, since every item has a key.
 *
 * Order of calls: `add` and `addEdge` for each line, `flush` whenever `isFull`, `finish` once.
 */
export class ThreadRestorer {
  readonly #project: ProjectApi;
  readonly #saved: SavedThread;
  readonly #ids = new IdMap();
  readonly #redactedIds: string[] = [];
  readonly #keys = new Set<string>();
  #threadId: string | undefined;
  #waiting: SavedItem[] = [];
  #waitingBytes = 0;
  #waitingEdges: SavedEdge[] = [];
  /** The items created with the thread: their new ids are read only when needed. */
  #unresolved:
    | { readonly batch: readonly SavedItem[]; readonly items: readonly NewItem[] }
    | undefined;
  #created = false;
  #itemsAdded = 0;
  #isArchived = false;

  constructor(project: ProjectApi, saved: SavedThread) {
    this.#project = project;
    this.#saved = saved;
  }

  get isFull(): boolean {
    return (
      this.#waiting.length >= batchItemsMax ||
      this.#waitingEdges.length >= batchItemsMax ||
      this.#waitingBytes >= batchBytesMax
    );
  }

  /** Two authors may have used one key: the importing user, who sees both, writes with two. */
  add(saved: SavedItem): void {
    const { id, item } = saved;
    const key = item.key!; // each saved item has one
    const isTaken = id !== undefined && this.#keys.has(key);
    this.#keys.add(key);
    this.#waiting.push(isTaken ? { ...saved, item: { ...item, key: keyOfImport(id) } } : saved);
    this.#waitingBytes += saved.bytes;
  }

  addEdge(edge: SavedEdge): void {
    this.#waitingEdges.push(edge);
  }

  /** Writes the waiting items. */
  async flush(): Promise<void> {
    const threadId = this.#threadId ?? (await this.#create());
    while (this.#waiting.length > 0) await this.#append(threadId);
    if (this.#waitingEdges.length === 0) return;
    await this.#resolve(threadId);
    await this.#project.edges.create(
      threadId,
      this.#waitingEdges.map((saved) => this.#withNewEnds(saved)),
    );
    this.#waitingEdges = [];
  }

  /** Writes the rest and restores the thread's state: first redactions, then the archive. */
  async finish(): Promise<ThreadResult> {
    await this.flush();
    const threadId = this.#threadId!; // flush has created it
    if (this.#unresolved?.batch.some(({ isRedacted }) => isRedacted)) await this.#resolve(threadId);
    if (this.#redactedIds.length > 0) await this.#project.items.redact(threadId, this.#redactedIds);
    if (this.#saved.isArchived && !this.#isArchived) {
      await this.#project.threads.update([{ id: threadId, archived: true }]);
    }
    return { created: this.#created, itemsAdded: this.#itemsAdded };
  }

  async #create(): Promise<string> {
    const batch = this.#takeBatch();
    const items = batch.map((saved) => this.#withNewReferences(saved));
    const { data: thread, replayed } = await atLine(batch, () =>
      this.#project.threads.createWithOutcome({ ...this.#saved.thread, items }),
    );
    this.#created = !replayed;
    this.#isArchived = thread.archivedAt !== undefined;
    if (!replayed) this.#itemsAdded += items.length;
    this.#unresolved = { batch, items };
    this.#threadId = thread.id;
    return thread.id;
  }

  async #append(threadId: string): Promise<void> {
    await this.#resolve(threadId);
    const batch = this.#takeBatch();
    const items = batch.map((saved) => this.#withNewReferences(saved));
    const { data, replayed } = await atLine(batch, () =>
      this.#project.items.appendWithOutcome(threadId, items),
    );
    if (!replayed) this.#itemsAdded += items.length;
    this.#remember(batch, data);
  }

  /** Creating a thread does not return its items. Appending them again finds them by their keys. */
  async #resolve(threadId: string): Promise<void> {
    if (this.#unresolved === undefined) return;
    const { batch, items } = this.#unresolved;
    this.#unresolved = undefined;
    if (batch.length > 0) this.#remember(batch, await this.#project.items.append(threadId, items));
  }

  #remember(batch: readonly SavedItem[], written: readonly Item[]): void {
    for (const [i, { id, line, isRedacted }] of batch.entries()) {
      const item = written[i]!; // as many come back as were sent
      if (isRedacted && item.redactedAt === undefined) this.#redactedIds.push(item.id);
      if (id === undefined) continue;
      const problem = this.#ids.add(id, item.id);
      if (problem !== undefined) throw new LineError(line, `item.id ${problem}`);
    }
  }

  /** The first waiting items that refer to no waiting item and fit one request. */
  #takeBatch(): SavedItem[] {
    const batch = this.#waiting.slice(0, this.#independentCount());
    this.#waiting = this.#waiting.slice(batch.length);
    this.#waitingBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
    return batch;
  }

  #independentCount(): number {
    const ids = new Set<string>();
    let bytes = 0;
    for (const [i, { id, item, bytes: itemBytes }] of this.#waiting.entries()) {
      bytes += itemBytes;
      const refersToWaiting = [item.parentId, item.replacesId].some(
        (other) => other && ids.has(other),
      );
      if (refersToWaiting || i === batchItemsMax || (i > 0 && bytes > batchBytesMax)) return i;
      if (id !== undefined) ids.add(id);
    }
    return this.#waiting.length;
  }

  #withNewReferences({ item, line }: SavedItem): NewItem {
    const { parentId, replacesId, ...rest } = item;
    return {
      ...rest,
      ...(parentId === undefined ? {} : { parentId: this.#newId(parentId, 'item.parentId', line) }),
      ...(replacesId === undefined
        ? {}
        : { replacesId: this.#newId(replacesId, 'item.replacesId', line) }),
    };
  }

  #withNewEnds({ edge, line }: SavedEdge): NewEdge {
    return {
      ...edge,
      fromItemId: this.#newId(edge.fromItemId, 'edge.fromItemId', line),
      toItemId: this.#newId(edge.toItemId, 'edge.toItemId', line),
    };
  }

  #newId(original: string, path: string, line: number): string {
    const id = this.#ids.get(original);
    if (id !== undefined) return id;
    throw new LineError(line, `${path} must be the id of an item before it in the same thread`);
  }
}

/** Adds the line of the item that the store refused, if the error names its place in the batch. */
async function atLine<T>(batch: readonly SavedItem[], call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const [, index] =
      (error instanceof SkeinError && /^items\.(\d+)/.exec(error.issues[0]?.path ?? '')) || [];
    const line = index === undefined ? undefined : batch[Number(index)]?.line;
    if (line === undefined || !(error instanceof SkeinError)) throw error;
    throw new LineError(line, error.message.replace(`items.${index}`, 'item'), { cause: error });
  }
}
