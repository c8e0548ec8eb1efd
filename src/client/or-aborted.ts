/**
 * The result of `work`, or the signal's reason as soon as it aborts, whatever `work` does then.
 *
 * A request's own signal does not guarantee an end: a custom `fetch` may ignore it. Undici,
 * moreover, ties `request.signal` to its source by a weak reference only, so that a call which only
 * that signal would wake can be garbage collected together with its waiting caller.
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
