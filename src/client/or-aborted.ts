/**
 * What `work` comes to, or the signal's reason as soon as it aborts, whatever `work` does then.
 *
 * A request's own signal is not enough to be sure of an end: a `fetch` that is handed in may ignore
 * it, and undici ties `request.signal` to the one it was made with by a weak reference only, so
 * that a call which nothing but that signal would wake can be collected as garbage together with
 * whoever waits for it.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
