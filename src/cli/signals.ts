/**
 * Resolves with the first of the signals. Sent again, the signal has its ordinary effect: it ends the
 * process at once, for those who do not want to wait.
 */
export function untilSignal(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of signals) process.off(name, onSignal);
      resolve(signal);
    };
    for (const name of signals) process.on(name, onSignal);
  });
}

/** Runs with an `AbortSignal` that Ctrl-C or SIGTERM aborts. Sent again, the signal ends the process. */
export async function withInterrupt<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const onSignal = (): void => {
    stop();
    abort.abort();
  };
  const stop = (): void => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  try {
    return await run(abort.signal);
  } finally {
    stop();
  }
}
