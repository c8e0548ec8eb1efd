/** Clients of live tails, driven by messages of the bench. Usage: live-readers-child.ts PORT */
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { Latencies } from './latencies.ts';

export type ToReaders =
  | {
      readonly type: 'open';
      readonly how: 'streams' | 'sockets';
      /** The threads of each connection; a stream has one. */
      readonly connections: readonly (readonly string[])[];
    }
  | { readonly type: 'report' };

export type FromReaders =
  | { readonly type: 'opened' }
  | {
      readonly type: 'heard';
      readonly count: number;
      /** From the moment before it was sent; absent if nothing was heard. */
      readonly p50Ms?: number;
      readonly p99Ms?: number;
    };

const port = Number(process.argv[2]);
const openingMax = 50;
let delays = new Latencies();
let readerCount = 0;

process.on('message', (message: ToReaders) => void act(message));
process.on('disconnect', () => process.exit(1)); // the bench is gone

async function act(message: ToReaders): Promise<void> {
  if (message.type === 'report') return report();
  const open = message.how === 'streams' ? openStream : openSocket;
  const left = [...message.connections];
  const openSome = async (): Promise<void> => {
    for (let ids = left.pop(); ids !== undefined; ids = left.pop()) {
      await open(ids, `reader-${readerCount++}`);
    }
  };
  await Promise.all(Array.from({ length: openingMax }, openSome));
  tell({ type: 'opened' });
}

function report(): void {
  const { total: count } = delays;
  const shares = count > 0 && { p50Ms: delays.percentile(0.5), p99Ms: delays.percentile(0.99) };
  tell({ type: 'heard', count, ...shares });
  delays = new Latencies();
}

function tell(message: FromReaders): void {
  process.send?.(message);
}

/** Resolves with the first head, after which the reader misses nothing. */
async function openStream(threadIds: readonly string[], userId: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const path = `/v1/threads/${threadIds[0]!}/live`;
  const [agent, accept] = ['user-agent: bench', 'accept: text/event-stream'];
  const headers = ['host: 127.0.0.1', agent, accept, `x-user-id: ${userId}`];
  socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  await new Promise<void>((resolve) => {
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const events = (rest + chunk.toString('latin1')).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (event.includes('event: item\n')) hear(event);
        else if (event.includes('event: head\n')) resolve();
      }
    });
    socket.on('close', () => fail(`A stream was closed. It said last: ${rest.slice(0, 500)}`));
  });
}

/** Resolves when each thread has told its head. */
async function openSocket(threadIds: readonly string[], userId: string): Promise<void> {
  const headers = { 'x-user-id': userId };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`, { headers });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'subscribe', threads: threadIds.map((id) => ({ id })) }));
  await new Promise<void>((resolve) => {
    const missing = new Set(threadIds);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      const message: unknown = JSON.parse(text);
      if (typeof message !== 'object' || message === null || !('type' in message)) return;
      if (message.type === 'item') hear(text);
      else if (message.type === 'end' || message.type === 'error') fail(text);
      else if (message.type === 'head' && 'threadId' in message) {
        missing.delete(String(message.threadId));
        if (missing.size === 0) resolve();
      }
    });
    socket.on('close', (code) => fail(`A WebSocket was closed with ${code}.`));
  });
}

function hear(event: string): void {
  const sent = /"sent ([0-9.]+)"/.exec(event);
  if (sent) delays.record(Number(process.hrtime.bigint()) / 1e6 - Number(sent[1]));
}

function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
