import { HttpConnection } from './http-connection.ts';
import { Latencies } from './latencies.ts';
import { createSequence } from './statistics.ts';

interface Load {
  readonly port: number;
  /** Keep-alive connections, each with one request under way all the time. */
  readonly connections: number;
  /** Prebuilt requests; each time a random one is sent. */
  readonly requests: readonly Buffer[];
  /** Not counted, in ms. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly perSecond: number;
  /** The total number of answers, including the warm-up. */
  readonly answers: number;
  readonly latency: Latencies;
  /** The share of one core that this process used: near 1, it would itself be the bottleneck. */
  readonly generatorCpuShare: number;
}

/** Sends requests as fast as they are answered. Throws if an answer is not a success. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => HttpConnection.open(load.port)),
  );
  try {
    const warmUp = new Latencies();
    await drive(connections, load.requests, load.warmUpMs, warmUp);
    const latency = new Latencies();
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    await drive(connections, load.requests, load.durationMs, latency);
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      perSecond: latency.total / seconds,
      answers: warmUp.total + latency.total,
      latency,
      generatorCpuShare: (user + system) / 1e6 / seconds,
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Ends when the time is over and the last answer has arrived. */
async function drive(
  connections: readonly HttpConnection[],
  requests: readonly Buffer[],
  durationMs: number,
  latency: Latencies,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  const next = createSequence(7);
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve, reject) => {
          let sentMs = performance.now();
          const sendNext = (): void => {
            connection.send(requests[next(requests.length)]!, onAnswer, reject);
          };
          const onAnswer = (): void => {
            const nowMs = performance.now();
            latency.record(nowMs - sentMs);
            if (nowMs >= endMs) return resolve();
            sentMs = nowMs;
            sendNext();
          };
          sendNext();
        }),
    ),
  );
}
