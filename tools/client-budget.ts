/**
 * Nouns of the client when the budget was set, and the bytes that it had then, rounded up: 7,700,
 * and 150 for sending the bytes of images and files as base64, and 50 for the versions of a thread
 * that a call may name.
 */
const nounsThen = 8;
const bytesThen = 7_900;
const bytesPerNoun = 300;

/** How large the client may be. */
export function clientBudget(nouns: number): number {
  return bytesThen + bytesPerNoun * Math.max(0, nouns - nounsThen);
}

/** What to do about a client that is too large; `undefined` for one that fits. */
export function explainClientSize(bytes: number, nouns: number): string | undefined {
  const budget = clientBudget(nouns);
  if (bytes <= budget) return undefined;
  return (
    `createClient has ${bytes} bytes, bundled and compressed, and ${nouns} nouns may have ${budget}: ` +
    'leave prose and schemas out of what src/client imports, or argue for more in docs/decisions.'
  );
}
