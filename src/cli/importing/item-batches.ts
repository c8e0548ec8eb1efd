import type { NewItem } from '../store-types.ts';

/** The most items of one request, well below the 16 MiB of a body. */
export const batchItemsMax = 1000;
export const batchBytesMax: number = 8 * 1024 * 1024;

/** The items in order, cut into batches that each fit one request. The cuts are deterministic. */
export function cutIntoBatches(items: readonly NewItem[]): NewItem[][] {
  const batches: NewItem[][] = [];
  let [batch, bytes]: [NewItem[], number] = [[], 0];
  for (const item of items) {
    const itemBytes = Buffer.byteLength(JSON.stringify(item));
    const isFull = batch.length === batchItemsMax || bytes + itemBytes > batchBytesMax;
    if (isFull && batch.length > 0) {
      batches.push(batch);
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += itemBytes;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}
