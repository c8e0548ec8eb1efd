/** Freezes plain data recursively. Returns its approximate size in bytes. */
export function deepFreeze(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  Object.freeze(value);
  let weight = 50;
  // The values of an array are its elements.
  for (const inner of Object.values(value) as unknown[]) weight += 16 + deepFreeze(inner);
  return weight;
}
