import type {
  Item,
  ItemListOptions,
  ItemPage,
  ItemsApi,
  ItemVisibility,
  NewItem,
} from '../api/item.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import { itemEndpoints, type ItemNoun } from '../api/operations/items.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { bodyOf, listOutcomeOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** `ItemsApi` over HTTP. */
export class ItemsClient implements ItemsApi {
  readonly #call: NounCalls<ItemNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<ItemNoun>(http, itemEndpoints);
  }

  async append(
    threadId: string,
    items: readonly NewItem[],
    options: WriteOptions = {},
  ): Promise<Item[]> {
    const { data } = await this.appendWithOutcome(threadId, items, options);
    return data;
  }

  async appendWithOutcome(
    threadId: string,
    items: readonly NewItem[],
    options: WriteOptions = {},
  ): Promise<Outcome<Item[]>> {
    if (items.length === 0) return { data: [], replayed: false };
    return listOutcomeOf(
      this.#call('appendItems', { ...options, parameters: { threadId }, body: { items } }),
    );
  }

  list(threadId: string, options: ItemListOptions = {}): Promise<ItemPage> {
    return bodyOf(this.#call('listItems', { parameters: { threadId }, query: options }));
  }

  get(threadId: string, itemId: string): Promise<Item> {
    return bodyOf(this.#call('getItem', { parameters: { threadId, itemId } }));
  }

  update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
  ): Promise<Item[]> {
    return inParallel(updates, ({ id, ...body }) =>
      bodyOf(this.#call('updateItem', { parameters: { threadId, itemId: id }, body })),
    );
  }

  redact(threadId: string, itemIds: readonly string[]): Promise<Item[]> {
    return inParallel(itemIds, (itemId) =>
      bodyOf(this.#call('redactItem', { parameters: { threadId, itemId } })),
    );
  }
}
