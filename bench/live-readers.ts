import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atExit } from './cleanup.ts';
import type { FromReaders, ToReaders } from './live-readers-child.ts';

export type Heard = Extract<FromReaders, { type: 'heard' }>;

/** Live readers in a process of their own, so that they share neither memory nor time. */
export interface LiveReaders extends AsyncDisposable {
  /** Opens connections, one for each entry, and waits until each has heard of all its threads. */
  open(how: 'streams' | 'sockets', connections: readonly (readonly string[])[]): Promise<void>;
  /** What has been heard since the last report. */
  heard(): Promise<Heard>;
}

export function startReaders(port: number): LiveReaders {
  const path = fileURLToPath(new URL('live-readers-child.ts', import.meta.url));
  const child = fork(path, [String(port)], { stdio: ['ignore', 2, 2, 'ipc'] });
  const forget = atExit(() => child.kill('SIGKILL'));
  const ask = (message: ToReaders): Promise<FromReaders> =>
    new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('The live readers ended; see the error above.'));
      child.once('exit', onExit);
      child.once('message', (answer: FromReaders) => {
        child.off('exit', onExit);
        resolve(answer);
      });
      child.send(message);
    });
  return {
    async open(how, connections) {
      await ask({ type: 'open', how, connections });
    },
    async heard() {
      const answer = await ask({ type: 'report' });
      if (answer.type !== 'heard') throw new TypeError('The live readers answered out of turn.');
      return answer;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await exited;
      }
      forget();
    },
  };
}

/** A text that tells when it was sent, by the clock that all processes of the machine share. */
export function sentText(): string {
  return `sent ${(Number(process.hrtime.bigint()) / 1e6).toFixed(3)}`;
}
