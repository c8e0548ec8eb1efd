import type { Item, NewItem, NewThread, Store, StoreProjectApi, Thread } from 'skein';
import type { Note } from '../note.ts';

/** A store while it is filled: its callers, its clock, and what readers must know about it. */
export class Filling {
  readonly store: Store;
  readonly note: Note;
  readonly #clock: { nowMs: number };

  constructor(store: Store, clock: { nowMs: number }, note: Note) {
    this.store = store;
    this.note = note;
    this.#clock = clock;
  }

  as(userId: string, projectId: string = 'default'): StoreProjectApi {
    return this.store.project(projectId).as({ userId });
  }

  /** Lets time pass between actions. */
  pass(ms: number = 1500): void {
    this.#clock.nowMs += ms;
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  /** A new thread of Ada or of another user. */
  async thread(
    input: NewThread & { readonly id: string },
    by: StoreProjectApi = this.as('ada'),
  ): Promise<Thread> {
    this.pass();
    return only(await by.threads.create([input]));
  }

  async say(
    threadId: string,
    items: readonly (string | Partial<NewItem>)[],
    by: StoreProjectApi = this.as('ada'),
  ): Promise<Item[]> {
    this.pass();
    return by.items.append(
      threadId,
      items.map((item) =>
        typeof item === 'string' ? { role: 'user', text: item } : { role: 'user', ...item },
      ),
    );
  }

  async fork(
    threadId: string,
    atItemId: string,
    by: StoreProjectApi = this.as('ada'),
  ): Promise<Thread> {
    this.pass();
    return only(await by.threads.fork([{ threadId, atItemId }]));
  }
}

export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new TypeError(`${list.length} instead of 1`);
  return first;
}
