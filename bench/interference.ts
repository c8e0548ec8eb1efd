import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/**
 * How much of the machine was used by others during a measure: by other processes (`others`), and
 * by other machines on the same host (`stolen`), as shares from 0 to 1. A bench on a busy machine
 * says little.
 */
export interface Interference {
  readonly others: number;
  readonly stolen: number;
}

/**
 * Begins to watch. The returned function gives the interference so far, or `undefined` if the
 * system does not report it (only Linux does).
 */
export async function watchInterference(): Promise<() => Promise<Interference | undefined>> {
  const before = await readTimes();
  const startMs = performance.now();
  return async () => {
    const after = await readTimes();
    if (before === undefined || after === undefined) return undefined;
    const ticks = ((performance.now() - startMs) / 1000) * ticksPerSecond * availableParallelism();
    const own = after.own - before.own;
    return {
      others: Math.max(0, (after.busy - before.busy - own) / ticks),
      stolen: (after.stolen - before.stolen) / ticks,
    };
  };
}

/** Fixed in the interface of Linux, whatever the kernel's own clock. */
const ticksPerSecond = 100;

interface Times {
  readonly busy: number;
  readonly stolen: number;
  /** This process and its children that have ended. */
  readonly own: number;
}

async function readTimes(): Promise<Times | undefined> {
  if (process.platform !== 'linux') return undefined;
  const machine = (await readFile('/proc/stat', 'utf8'))
    .split('\n', 1)[0]!
    .split(/\s+/)
    .map(Number);
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = machine;
  // The second field is a name in parentheses, which may hold spaces; times are fields 14 to 17.
  const own = (await readFile('/proc/self/stat', 'utf8')).replace(/^.*\) /s, '').split(' ');
  const ownTicks = own.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { busy: user + nice + system + irq + softIrq, stolen, own: ownTicks };
}
