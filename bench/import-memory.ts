import { join } from 'node:path';
import { textOf } from './append-load.ts';
import { startServer, type ChildServer } from './child-server.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { HttpConnection, postRequest } from './http-connection.ts';
import type { BenchContext, Measure, MeasureResult } from './measure.ts';
import { median } from './statistics.ts';

const megabyte = 1_000_000;
const limitMegabytes = 400;
const itemsPerRequest = 500;
const connections = 8;
const sampleIntervalMs = 250;

/**
 * The memory of a server during an import of a million items over HTTP, as `skein import` does it:
 * every item keyed, many per request, several threads at a time.
 */
export const importMemory: Measure = {
  name: 'import-memory',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    await using server = await startServer(context, 'skein-server', [join(folder.path, 'data')]);
    const total = context.isQuick ? 50_000 : 1_000_000;
    const sampler = new Sampler(server);
    const startMs = performance.now();
    await importItems(context, server.port, total);
    const seconds = (performance.now() - startMs) / 1000;
    return resultOf(await sampler.stop(), total, seconds);
  },
};

/** Samples resident memory every 250 ms, in MB, from the start to `stop`. */
class Sampler {
  readonly #server: ChildServer;
  readonly #samples: number[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(server: ChildServer) {
    this.#server = server;
    this.#done = this.#run();
  }

  async stop(): Promise<readonly number[]> {
    this.#isStopped = true;
    await this.#done;
    return this.#samples;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#samples.push((await this.#server.residentBytes()) / megabyte);
      if (this.#isStopped) return;
      await new Promise((resolve) => setTimeout(resolve, sampleIntervalMs));
    }
  }
}

async function importItems(context: BenchContext, port: number, total: number): Promise<void> {
  const threadCount = total / itemsPerThread;
  let started = 0;
  let done = 0;
  const importThreads = async (): Promise<void> => {
    const connection = await HttpConnection.open(port);
    while (started < threadCount) {
      const id = `imported-${String(started++).padStart(6, '0')}`;
      for (let first = 0; first < itemsPerThread; first += itemsPerRequest) {
        await connection.post(importRequest(id, first));
        done += itemsPerRequest;
        if (done % (total / 10) === 0) context.progress(`${done.toLocaleString('en')} items`);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, importThreads));
}

const itemsPerThread = 5000;

/** The first items are part of the request that creates their thread. */
function importRequest(id: string, first: number): Buffer {
  const items = Array.from({ length: itemsPerRequest }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    text: textOf(first + i),
    key: String(first + i),
  }));
  return first === 0
    ? postRequest('/v1/threads', { id, title: `Conversation ${id}`, items })
    : postRequest(`/v1/threads/${id}/items`, { items });
}

function resultOf(samples: readonly number[], total: number, seconds: number): MeasureResult {
  const quarter = samples.length / 4;
  const second = samples.slice(Math.floor(quarter), Math.floor(2 * quarter));
  const last = samples.slice(Math.floor(3 * quarter));
  const what = `import of ${total.toLocaleString('en')} items`;
  return {
    rows: [
      {
        measure: `peak memory, ${what}`,
        unit: 'MB',
        ours: Math.max(...samples),
        reference: limitMegabytes,
        against: 'the limit',
        bar: { kind: 'below', value: limitMegabytes },
      },
      {
        measure: `memory in the last quarter, ${what}`,
        unit: 'MB',
        ours: median(last),
        reference: median(second),
        against: 'second quarter',
        bar: { kind: 'atMost', value: 1.2 },
      },
    ],
    notes: [
      `The import took ${seconds.toFixed(1)} s, ${Math.round(total / seconds).toLocaleString('en')} items a second in requests of ${itemsPerRequest}.`,
    ],
  };
}
