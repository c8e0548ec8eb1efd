/**
 * An answer that did not come in time. The connection that owes it may have died without a word, as when
 * a host loses its power, and what became of the question is not known.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'NO_ANSWER';

  constructor(timeoutMs: number) {
    super(`there was no answer for ${timeoutMs} ms`);
  }
}

/** The answer, or after so long a `NoAnswerError`. What the answer becomes later is of no interest then. */
export async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  // If this process stood still, the answer may lie there unread: the next turn reads it first.
  const timer = setTimeout(() => {
    setImmediate(() => late.reject(new NoAnswerError(timeoutMs)));
  }, timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
