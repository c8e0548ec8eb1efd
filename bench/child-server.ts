import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { atExit } from './cleanup.ts';
import type { BenchContext } from './measure.ts';
import { productNodeOptions } from './product-node-options.ts';
import type { FromChild, ToChild, Usage } from './servers/run-as-child.ts';

export interface ChildServer extends AsyncDisposable {
  readonly port: number;
  usage(): Promise<Usage>;
  /** Resident memory after a collection of garbage. */
  collectedBytes(): Promise<number>;
  /** Resident memory, as the operating system counts it. */
  residentBytes(): Promise<number>;
}

/** Starts a server of `bench/servers` in its own process; disposing of it stops it. */
export async function startServer(
  context: Pick<BenchContext, 'profileFolder'>,
  name: 'skein-server' | 'live-server' | 'echo-server' | 'answer-server' | 'plain-answer-server',
  args: readonly string[] = [],
): Promise<ChildServer> {
  const path = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url));
  const { profileFolder } = context;
  const profiling =
    profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const execArgv = [...(await productNodeOptions()), ...profiling];
  const child = fork(path, [...args], { execArgv, stdio: ['ignore', 2, 2, 'ipc'] });
  const forget = atExit(() => child.kill('SIGKILL'));
  const listening = await nextMessage(child, 'listening');
  const usage = async (): Promise<Message<'usage'>> => {
    const answer = nextMessage(child, 'usage');
    child.send('usage' satisfies ToChild);
    return await answer;
  };
  return {
    port: listening.port,
    usage,
    async collectedBytes() {
      const answer = nextMessage(child, 'collected');
      child.send('collect' satisfies ToChild);
      return (await answer).residentBytes;
    },
    residentBytes: async () => (await residentBytesOf(child)) ?? (await usage()).residentBytes,
    async [Symbol.asyncDispose]() {
      await stop(child);
      forget();
    },
  };
}

type Message<Type extends FromChild['type']> = Extract<FromChild, { type: Type }>;

function nextMessage<Type extends FromChild['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Message<Type>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromChild): void => {
      if (message.type !== type) return;
      release();
      resolve(message as Message<Type>); // its type was checked above
    };
    const onExit = (): void => {
      release();
      reject(new Error('A server of the bench ended; see its error above.'));
    };
    const release = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

const stopTimeoutMs = 15_000;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.send('stop' satisfies ToChild);
  const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(killer);
}

/** Read from outside, so that a busy server neither delays nor disturbs the sample. Linux only. */
async function residentBytesOf(child: ChildProcess): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const found = /^VmRSS:\s+([0-9]+) kB$/m.exec(status);
  return found === null ? undefined : Number(found[1]) * 1024;
}
