/**
 * Tells the garbage collector about native memory.
 *
 * classic-level frees the native memory of an iterator or a batch (the last entries read, the
 * operations) only when its JavaScript object is collected, even if it was closed long before. That
 * object is tiny, so the collector is slow to act: without this function 5,000 scans of 1,000 rows
 * left 1 GB behind, with it 0.2 GB. The collector counts the memory of an array buffer, so a buffer
 * of the same size is tied to the object.
 */
export function addNativeWeight(owner: object, bytes: number): void {
  if (bytes >= countedMin) weights.set(owner, new ArrayBuffer(bytes));
}

const weights = new WeakMap<object, ArrayBuffer>();

/** Smaller sizes are not worth a call: the collector runs for other reasons before they add up. */
const countedMin = 1024;
