import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export type ToChild = 'usage' | 'collect' | 'stop';

export type FromChild =
  | { readonly type: 'listening'; readonly port: number }
  | ({ readonly type: 'usage' } & Usage)
  | { readonly type: 'collected'; readonly residentBytes: number };

/** What the process has used so far. */
export interface Usage {
  /** CPU time of all threads. */
  readonly cpuSeconds: number;
  /** CPU time of the thread that runs JavaScript. */
  readonly mainThreadSeconds: number;
  readonly residentBytes: number;
}

/** Reports to the bench where the server listens, answers its questions, and ends with it. */
export function runAsChild(port: number, close: () => Promise<void>): void {
  const tell = (message: FromChild): void => void process.send?.(message);
  const stop = async (): Promise<void> => {
    await close();
    process.exit(0);
  };
  process.on('message', (message: ToChild) => {
    if (message === 'stop') void stop();
    else if (message === 'collect') {
      void collectGarbage().then(() =>
        tell({ type: 'collected', residentBytes: process.memoryUsage.rss() }),
      );
    } else tell({ type: 'usage', ...usage() });
  });
  process.on('disconnect', () => process.exit(1)); // the bench is gone
  tell({ type: 'listening', port });
}

function usage(): Usage {
  const whole = process.cpuUsage();
  const main = process.threadCpuUsage();
  return {
    cpuSeconds: (whole.user + whole.system) / 1e6,
    mainThreadSeconds: (main.user + main.system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
}

const collections = 5;
const betweenMs = 300;

/** Several times, as one collection may leave to the next what it has found out. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // the flag has made it a global
  for (let i = 0; i < collections; i++) {
    collect();
    await sleep(betweenMs);
  }
}
