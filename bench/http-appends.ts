import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from './append-load.ts';
import { startServer, type ChildServer } from './child-server.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { HttpConnection, postRequest } from './http-connection.ts';
import { runLoad, type LoadResult } from './load-generator.ts';
import type { BenchContext, Measure, MeasureResult, Row } from './measure.ts';
import { mean, median, ratioSpread } from './statistics.ts';

const connections = 64;
const threadCount = 1000;

/**
 * Durable appends over HTTP, one item per request, 64 connections, against a bare Hono server that
 * parses the same requests and answers them. Both servers run all the time, each in its own
 * process; this process loads them in turns.
 */
export const httpAppends: Measure = {
  name: 'http-appends',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    await using ours = await startServer(context, 'skein-server', [join(folder.path, 'data')]);
    await using echo = await startServer(context, 'echo-server');
    const requests = await createThreadsAndRequests(ours.port);
    const rounds: Round[] = [];
    const roundsMax = context.isQuick ? 2 : 5;
    for (let round = 1; round <= roundsMax; round++) {
      rounds.push({
        ours: await loadOnce(context, ours, requests),
        echo: await loadOnce(context, echo, requests),
      });
      const { ours: a, echo: b } = rounds.at(-1)!;
      context.progress(`round ${round} of ${roundsMax}: ${describe(a)}; echo ${describe(b)}`);
    }
    return resultOf(rounds, requests[0]!.length);
  },
};

interface Round {
  readonly ours: Loaded;
  readonly echo: Loaded;
}

export interface Loaded extends LoadResult {
  /** The share of one core that the server used with all its threads. */
  readonly serverCpuShare: number;
  /** CPU time of the server's main thread per request, in µs. */
  readonly mainThreadUs: number;
}

/** Threads, and an append to each; with `tokens`, one of these users owns each thread. */
export async function createThreadsAndRequests(
  port: number,
  tokens: readonly string[] = [],
): Promise<Buffer[]> {
  const connection = await HttpConnection.open(port);
  const requests: Buffer[] = [];
  for (let i = 0; i < threadCount; i++) {
    const id = `thread-${String(i).padStart(6, '0')}`;
    const token = tokens[i % tokens.length];
    await connection.post(postRequest('/v1/threads', { id, title: `Conversation ${id}` }, token));
    const items = [{ role: 'user', text: textOf(i) }];
    requests.push(postRequest(`/v1/threads/${id}/items`, { items }, token));
  }
  connection.close();
  return requests;
}

export async function loadOnce(
  context: BenchContext,
  server: ChildServer,
  requests: readonly Buffer[],
): Promise<Loaded> {
  await sleep(pauseMs);
  const durationMs = context.isQuick ? 2000 : 5000;
  const load = { port: server.port, connections, requests, warmUpMs: 1000, durationMs };
  const startMs = performance.now();
  const before = await server.usage();
  const result = await runLoad(load);
  const after = await server.usage();
  const seconds = (performance.now() - startMs) / 1000;
  return {
    ...result,
    serverCpuShare: (after.cpuSeconds - before.cpuSeconds) / seconds,
    mainThreadUs: ((after.mainThreadSeconds - before.mainThreadSeconds) * 1e6) / result.answers,
  };
}

/** So that the background work of one server does not slow down the other. */
const pauseMs = 500;

function describe({ perSecond, latency }: Loaded): string {
  return `${Math.round(perSecond).toLocaleString('en')} a second, p99 ${latency.percentile(0.99).toFixed(1)} ms`;
}

function resultOf(rounds: readonly Round[], requestBytes: number): MeasureResult {
  const figures = (of: (loaded: Loaded) => number) => ({
    ours: rounds.map(({ ours }) => of(ours)),
    echo: rounds.map(({ echo }) => of(echo)),
  });
  const row = (name: string, of: (loaded: Loaded) => number): Omit<Row, 'unit'> => {
    const { ours, echo } = figures(of);
    return {
      measure: `HTTP durable appends, ${name}`,
      ours: median(ours),
      reference: median(echo),
      against: 'bare Hono echo',
      spread: ratioSpread(ours, echo),
    };
  };
  const share = figures(({ generatorCpuShare }) => generatorCpuShare);
  const servers = figures(({ serverCpuShare }) => serverCpuShare);
  const mainThread = figures(({ mainThreadUs }) => mainThreadUs);
  return {
    rows: [
      {
        ...row('rate', ({ perSecond }) => perSecond),
        unit: 'a second',
        bar: { kind: 'atLeast', value: 0.6 },
      },
      { ...row('p50', ({ latency }) => latency.percentile(0.5)), unit: 'ms' },
      {
        ...row('p99', ({ latency }) => latency.percentile(0.99)),
        unit: 'ms',
        bar: { kind: 'below', value: 20 },
      },
    ],
    notes: [
      `A request is ${requestBytes} bytes. Of one core, the load generator used ${percent(mean(share.ours))} ` +
        `(echo ${percent(mean(share.echo))}), the server with all its threads ${percent(mean(servers.ours))} ` +
        `(echo ${percent(mean(servers.echo))}). A request takes ${mean(mainThread.ours).toFixed(1)} µs of the ` +
        `server's main thread (echo ${mean(mainThread.echo).toFixed(1)} µs).`,
    ],
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
