/** By how much an entry of a list may be ahead of its thread at most, in milliseconds. */
export const aheadMaxMs = 201_000;
