import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';
import type { Item } from '../../../src/api/item.ts';
import type { KnownThread, Ledger, SentItem } from './ledger.ts';

export const tagsForTesting: readonly string[] = ['red', 'green', 'blue'];

const threadsMin = 40;
const threadsMax = 60;

/** The clients of one server: each sends one request after another until the server is killed. */
export class Traffic {
  readonly #url: string;
  readonly #ledger: Ledger;
  /** Unique per server, so that no two texts, keys or ids are the same. */
  readonly #name: string;
  #count = 0;
  #isEnding = false;

  constructor(url: string, ledger: Ledger, name: string) {
    this.#url = url;
    this.#ledger = ledger;
    this.#name = name;
  }

  /** Creates threads until there are enough. */
  async prepare(random: SeededRandom): Promise<void> {
    const missing = threadsMin - this.#ledger.usable().length;
    await Promise.all(Array.from({ length: missing }, () => this.#create(random)));
  }

  async run(random: SeededRandom): Promise<void> {
    while (!this.#isEnding) await this.#step(random);
  }

  /** Call it just before the server is killed: from here on, requests may fail. */
  end(): void {
    this.#isEnding = true;
  }

  /** Sends again what was in progress when an earlier server was killed. */
  async retry(thread: KnownThread, item: SentItem): Promise<void> {
    await this.#append(thread, [item]);
  }

  async #step(random: SeededRandom): Promise<void> {
    const threads = this.#ledger.usable();
    const thread = random.pick(threads);
    const known = thread.items.filter(({ id, redaction }) => id && redaction === 'none');
    const item = known.length > 0 ? random.pick(known) : undefined;
    const dice = random.fraction();
    if (dice < 0.04 && threads.length < threadsMax) return this.#create(random);
    if (dice < 0.06 && threads.length > threadsMin) return this.#delete(thread);
    if (dice < 0.12) return this.#tag(thread, random.pick(tagsForTesting));
    if (dice < 0.2 && item && !item.replaces)
      return this.#send(thread, [this.#newItem(random, item)]);
    if (dice < 0.25 && item && !item.replaces) return this.#redact(thread, item);
    if (dice < 0.3 && item?.key !== undefined) return this.#append(thread, [item]);
    const count = 1 + (random.chance(0.2) ? random.below(4) : 0);
    return this.#send(
      thread,
      Array.from({ length: count }, () => this.#newItem(random)),
    );
  }

  #newItem(random: SeededRandom, replaces?: SentItem): SentItem {
    const name = `${this.#name}-${this.#count++}`;
    const padding = random.chance(0.1) ? 'x'.repeat(random.below(4000)) : '';
    return {
      text: `${name} ${padding}`.trim(),
      redaction: 'none',
      ...(random.chance(0.5) && { key: `key-${name}` }),
      ...(replaces && { replaces }),
    };
  }

  async #create(random: SeededRandom): Promise<void> {
    const tag = random.pick(tagsForTesting);
    const item = this.#newItem(random);
    const thread = this.#ledger.addThread(`thread-${this.#name}-${this.#count++}`, tag);
    thread.items.push(item);
    const body = { id: thread.id, tags: [tag], items: [bodyOf(item)] };
    const created = await this.#call<{ lastItemId: string }>('POST', '/v1/threads', body, [201]);
    if (created === undefined) return;
    thread.creation = 'done';
    this.#ledger.acknowledge(thread, [item], [created.lastItemId]);
  }

  async #delete(thread: KnownThread): Promise<void> {
    thread.deletion = 'asked';
    const gone = await this.#call('DELETE', `/v1/threads/${thread.id}`, undefined, [204]);
    if (gone !== undefined) thread.deletion = 'done';
  }

  async #tag(thread: KnownThread, tag: string): Promise<void> {
    if (thread.tags.length > 1) return; // one change at a time, so that the response is unambiguous
    thread.tags.push(tag);
    const path = `/v1/threads/${thread.id}`;
    if ((await this.#callThread(thread, 'PATCH', path, { tags: [tag] }, [200])) !== undefined) {
      thread.tags = [tag];
    }
  }

  async #redact(thread: KnownThread, item: SentItem): Promise<void> {
    const family = thread.items.filter((other) => other === item || other.replaces === item);
    const answered = family.filter(({ id }) => id !== undefined);
    for (const other of family) other.redaction = 'asked';
    const path = `/v1/threads/${thread.id}/items/${item.id}`;
    if ((await this.#callThread(thread, 'DELETE', path, undefined, [200])) === undefined) return;
    for (const other of answered) other.redaction = 'done';
  }

  async #send(thread: KnownThread, items: readonly SentItem[]): Promise<void> {
    thread.items.push(...items);
    await this.#append(thread, items);
  }

  async #append(thread: KnownThread, items: readonly SentItem[]): Promise<void> {
    const { newestId } = thread;
    const isNew = items.every(({ id }) => id === undefined);
    const body = { items: items.map(bodyOf) };
    const path = `/v1/threads/${thread.id}/items`;
    // What was redacted during the request can be neither edited nor sent again.
    const isRedacted = (): boolean =>
      items.some(({ redaction, replaces }) => (replaces?.redaction ?? redaction) !== 'none');
    const answer = await this.#callThread<{ data: Item[] }>(
      thread,
      'POST',
      path,
      body,
      [200, 201],
      isRedacted,
    );
    if (answer === undefined) return;
    const ids = answer.data.map(({ id }) => id);
    this.#ledger.acknowledge(thread, items, ids);
    const isRetry = !items[0]!.text.startsWith(`${this.#name}-`);
    if (isNew && !isRetry && ids.some((id) => id <= newestId)) {
      this.#ledger.problems.push(`${thread.id}: ${ids.join()} is not after ${newestId}`);
    }
  }

  /** A thread that another client has deleted meanwhile rightly gives 404. */
  async #callThread<T>(
    thread: KnownThread,
    method: string,
    path: string,
    body: unknown,
    expected: readonly number[],
    isConflict: () => boolean = () => false,
  ): Promise<T | undefined> {
    const mayRefuse = (status: number): boolean =>
      (status === 404 && thread.deletion !== 'none') || (status === 409 && isConflict());
    return this.#call<T>(method, path, body, expected, mayRefuse);
  }

  /** The body of an expected response; `undefined` if the server was killed, or rightly refused. */
  async #call<T>(
    method: string,
    path: string,
    body: unknown,
    expected: readonly number[],
    mayRefuse: (status: number) => boolean = () => false,
  ): Promise<T | undefined> {
    try {
      const answer = await fetch(`${this.#url}${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const text = await answer.text();
      // The caller knows the route.
      if (expected.includes(answer.status)) return JSON.parse(text || '{}') as T;
      if (mayRefuse(answer.status)) return undefined;
      this.#ledger.problems.push(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    } catch (error) {
      this.#ledger.unanswered++;
      if (!this.#isEnding) this.#ledger.problems.push(`${method} ${path}: ${String(error)}`);
    }
    return undefined;
  }
}

function bodyOf({ text, key, replaces }: SentItem): object {
  return { role: 'user', text, ...(key && { key }), ...(replaces && { replacesId: replaces.id }) };
}
