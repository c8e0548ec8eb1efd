import { once } from 'node:events';

const interrupts = ['SIGINT', 'SIGTERM'] as const;

/** Runs with an `AbortSignal` that Ctrl-C or SIGTERM aborts. Sent again, the signal ends the process. */
export async function withInterrupt<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  // A store that waits for something to happen in it does not by itself keep a process alive.
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

/** Resolves when the signal aborts, or has already. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
