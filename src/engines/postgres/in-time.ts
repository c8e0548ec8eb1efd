/**
 * An answer did not arrive in time. The connection may have died silently, as when a host loses
 * power, and the outcome of the statement is unknown.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'NO_ANSWER';

  constructor(timeoutMs: number) {
    super(`there was no answer for ${timeoutMs} ms`);
  }
}

/** Returns the answer, or throws a `NoAnswerError` after `timeoutMs`. A later answer is ignored. */
export async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  // After this process was suspended, the answer may be waiting unread: the next turn reads it
  // first.
  const timer = setTimeout(() => {
    setImmediate(() => late.reject(new NoAnswerError(timeoutMs)));
  }, timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
