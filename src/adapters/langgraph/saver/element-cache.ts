import { createHash } from 'node:crypto';
import { LruMap } from '../../../shared/lru-map.ts';
import { hasTrace, type Trace } from './element-trace.ts';

/**
 * The elements of lists that a saver has put or read, with the ids that the store has given them.
 * An object is known only while it is unchanged. Ids learned before the store deleted elements of
 * the thread (`epoch`) do not count.
 */
export class ElementCache {
  readonly #objects = new WeakMap<object, KnownElement>();
  /** Ids by the number of the list and the hash of the text. */
  readonly #texts = new LruMap<string, number>(textsMax);
  readonly #threads = new LruMap<string, KnownThread>(threadsMax);
  #lastSerial = 0;

  thread(threadKey: string): KnownThread {
    let thread = this.#threads.get(threadKey);
    if (thread === undefined) {
      thread = { epoch: 0, lists: new Map() };
      this.#threads.set(threadKey, thread);
    }
    return thread;
  }

  /**
   * A list of a thread, to remember the elements put or read in an epoch; `undefined` if that epoch
   * is over.
   */
  open(thread: KnownThread, channel: string, epoch: number): KnownList | undefined {
    if (epoch < thread.epoch) return undefined;
    if (epoch > thread.epoch) {
      thread.epoch = epoch;
      thread.lists.clear();
    }
    let list = thread.lists.get(channel);
    if (list === undefined) {
      list = { serial: ++this.#lastSerial, scalars: new Map() };
      thread.lists.set(channel, list);
    }
    return list;
  }

  find(list: KnownList, element: unknown): number | undefined {
    if (typeof element !== 'object' || element === null) return list.scalars.get(element);
    const known = this.#objects.get(element);
    return known?.list === list && hasTrace(element, known.trace) ? known.id : undefined;
  }

  /**
   * The id of an element that was remembered by its text: of an equal one, or one that can have no
   * trace.
   */
  findText({ serial }: KnownList, hash: string): number | undefined {
    return this.#texts.get(`${serial} ${hash}`);
  }

  /**
   * `trace` is the element's from the time when it was serialized, or created from the stored form.
   */
  remember(list: KnownList, element: unknown, id: number, trace: Trace): void {
    if (typeof element === 'object' && element !== null) {
      this.#objects.set(element, { list, id, trace });
      return;
    }
    if (list.scalars.size >= scalarsMax) list.scalars.clear();
    list.scalars.set(element, id);
  }

  rememberText({ serial }: KnownList, hash: string, id: number): void {
    this.#texts.set(`${serial} ${hash}`, id);
  }
}

/** A short representation of an element's text. */
export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** The elements of an evicted thread count as unknown. */
const threadsMax = 1000;
const scalarsMax = 20_000;
/** About 15 MB. */
const textsMax = 100_000;

interface KnownThread {
  epoch: number;
  /** By channel. A new epoch has new ones. */
  readonly lists: Map<string, KnownList>;
}

export interface KnownList {
  /** No other list ever has it. */
  readonly serial: number;
  /** Elements that are not objects, such as texts. */
  readonly scalars: Map<unknown, number>;
}

interface KnownElement {
  readonly list: KnownList;
  readonly id: number;
  readonly trace: Trace;
}
