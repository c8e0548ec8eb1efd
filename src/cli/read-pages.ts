import type { Page } from './store-types.ts';

const pageSizeMax = 200;

/**
 * The pages of a list up to `limit` entries. A view that filters may return short or empty pages
 * before the end; reading continues until the limit is reached or there are no more entries.
 */
export async function* readPages<T, P extends Page<T>>(
  read: (options: { limit: number; after?: string }) => Promise<P & Page<T>>,
  { limit }: { readonly limit: number },
): AsyncGenerator<P & Page<T>, void, undefined> {
  let after: string | undefined;
  for (let left = limit; left > 0;) {
    const page = await read({
      limit: Math.min(left, pageSizeMax),
      ...(after === undefined ? {} : { after }),
    });
    yield page;
    if (page.nextCursor === null) return;
    after = page.nextCursor;
    left -= page.data.length;
  }
}
