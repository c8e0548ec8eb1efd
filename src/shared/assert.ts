/** Throws if an invariant of this code does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TypeError(`Assertion failed: ${message}`);
}

/** Ends a switch: the compiler proves that every case is handled. */
export function unreachable(value: never): never {
  throw new TypeError(`Unreachable: ${JSON.stringify(value)}`);
}
