import type {
  Item,
  ItemListOptions,
  ItemPage,
  ItemsApi,
  ItemVisibility,
  NewItem,
} from '../api/item.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { pathOf, segment } from './paths.ts';

/** `ItemsApi` over HTTP. */
export class ItemsClient implements ItemsApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
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
    const path = `${pathOf(threadId)}/items`;
    const { status, body } = await this.#http.send<{ data: Item[] }>({
      ...options,
      method: 'POST',
      path,
      body: { items },
    });
    return { data: body.data, replayed: status === 200 };
  }

  async list(threadId: string, options: ItemListOptions = {}): Promise<ItemPage> {
    const path = `${pathOf(threadId)}/items`;
    const { body } = await this.#http.send<ItemPage>({ method: 'GET', path, query: options });
    return body;
  }

  async get(threadId: string, itemId: string): Promise<Item> {
    const { body } = await this.#http.send<Item>({
      method: 'GET',
      path: itemPath(threadId, itemId),
    });
    return body;
  }

  async update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
  ): Promise<Item[]> {
    return inParallel(updates, async ({ id, ...patch }) => {
      const path = itemPath(threadId, id);
      const { body } = await this.#http.send<Item>({ method: 'PATCH', path, body: patch });
      return body;
    });
  }

  async redact(threadId: string, itemIds: readonly string[]): Promise<Item[]> {
    return inParallel(itemIds, async (id) => {
      const { body } = await this.#http.send<Item>({
        method: 'DELETE',
        path: itemPath(threadId, id),
      });
      return body;
    });
  }
}

function itemPath(threadId: string, itemId: string): string {
  return `${pathOf(threadId)}/items/${segment(itemId, 'itemId')}`;
}
