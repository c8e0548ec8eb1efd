import { once } from 'node:events';

const interrupts = ['SIGINT', 'SIGTERM'] as const;

/** Runs with an `AbortSignal` that Ctrl-C or SIGTERM aborts. A second signal ends the process. */
export async function withInterrupt<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  // Waiting for an event of a store does not keep a process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const remove = (): void => {
    for (const name of interrupts) process.off(name, onSignal);
  };
  const onSignal = (): void => {
    remove();
    abort.abort();
  };
  for (const name of interrupts) process.on(name, onSignal);
  try {
    return await run(abort.signal);
  } finally {
    clearInterval(alive);
    remove();
  }
}

/** Resolves when the signal aborts, or at once if it has aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
