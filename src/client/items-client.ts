import type { Item, ItemVisibility } from '../api/item.ts';
import { itemEndpoints, type ItemNoun } from '../api/operations/items.ts';
import type { Handwritten } from './handwritten-verbs.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** Verbs of `ItemsApi` over HTTP. */
export class ItemsClient implements Handwritten<'items'> {
  readonly #call: NounCalls<ItemNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<ItemNoun>(http, itemEndpoints);
  }

  update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
  ): Promise<Item[]> {
    return inParallel(updates, ({ id, ...body }) =>
      bodyOf(this.#call('updateItem', { parameters: { threadId, itemId: id }, body })),
    );
  }
}
