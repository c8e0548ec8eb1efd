import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openOpenAiServerForTesting,
  type OpenAiServer,
} from '../support/adapters/ai-sdk/openai-server-for-testing.ts';
import { CliKitForTesting } from '../support/cli/cli-kit-for-testing.ts';
import { createClient } from '../../src/client/index.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import type { ProjectApi, StreamEvent } from '../../src/store/index.ts';
import {
  sharedPostgres,
  type SharedDatabaseForTesting,
} from '../support/cluster/shared-database.ts';
import { someTurns } from '../support/shared/turns-for-testing.ts';

/** A long answer whose pieces are numbered. */
const pieces = Array.from({ length: 400 }, (_, i) => `${i} `);

/** It never ends by itself, however late it is stopped. */
const longAnswer = {
  text: pieces,
  hold: () => someTurns(200),
  breakAfter: { chunks: pieces.length - 1, by: 'hang' },
} as const;

describe.runIf(isEngineChosen('postgres'))('two servers on one PostgreSQL', () => {
  let model: OpenAiServer;
  let database: SharedDatabaseForTesting;
  let kit: CliKitForTesting;
  beforeEach(async () => {
    model = await openOpenAiServerForTesting();
    database = await sharedPostgres();
    kit = await CliKitForTesting.create();
  });
  afterEach(async () => {
    await kit[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
  });

  async function startServer(): Promise<Server> {
    const config = await kit.writeFile(
      'skein.config.json',
      JSON.stringify({ models: { 'local/model': { baseUrl: model.baseUrl, model: 'model' } } }),
    );
    const options = ['--database', database.address, '--config', config, '--log-level', 'error'];
    const server = await kit.serve(options);
    const { url } = server;
    return { client: createClient({ baseUrl: url }), url, kill: () => server.stop('SIGKILL') };
  }

  test('a run on one is followed, resumed and stopped through the other', async () => {
    model.script(longAnswer);
    const [here, there] = [await startServer(), await startServer()];
    const [thread] = await here.client.threads.create([{ title: 'Two servers' }]);
    const { run } = await here.client.runs.start(thread!.id, { input: 'Count.' });
    // Two readers follow it from the beginning, one at each server; the first changes servers
    // midway.
    const stayed = collect(there.client.streams.read(thread!.id, run.streamId));
    const before = await collect(here.client.streams.read(thread!.id, run.streamId), 20);
    const after = before.at(-1)!.seq;
    const rest: StreamEvent[] = [];
    for await (const event of there.client.streams.read(thread!.id, run.streamId, { after })) {
      rest.push(event);
      if (rest.length !== 20) continue;
      expect(await there.client.runs.get(thread!.id, run.id)).toMatchObject({ status: 'running' });
      expect(await there.client.runs.stop(thread!.id, run.id)).toMatchObject({
        status: 'cancelled',
      });
    }
    const events = [...before, ...rest];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)!.chunk).toEqual({ type: 'abort' });
    expect(await stayed).toEqual(events);
    // The stored answer is what both readers saw, and the model is not called again.
    for (const { client } of [here, there]) {
      const { data } = await client.items.list(thread!.id);
      expect(data.map(({ role }) => role)).toEqual(['user', 'assistant']);
      expect(data[1]!.metadata).toMatchObject({ 'skein:partial': true });
      expect(textOf(data[1]!.parts)).toBe(textOfChunks(events));
      expect(await client.runs.get(thread!.id, run.id)).toMatchObject({ status: 'cancelled' });
    }
    expect(textOfChunks(events)).toBe(pieces.join('').slice(0, textOfChunks(events).length));
    await expect.poll(() => model.requests[0]!.wasAborted, { timeout: 60_000 }).toBe(true);
  });

  test('a run whose server is killed ends on the other server, which takes the next turn', async () => {
    model.script(longAnswer);
    const [dying, living] = [await startServer(), await startServer()];
    const [thread] = await dying.client.threads.create([{ title: 'Two servers' }]);
    const id = thread!.id;
    // One client, which finds the living server once its own has died.
    let url = dying.url;
    const client = createClient({
      baseUrl: 'http://server.invalid',
      fetch: (request) => {
        const { pathname, search } = new URL(request.url);
        return fetch(new Request(url + pathname + search, request));
      },
    });
    const { run } = await client.runs.start(id, { input: 'Count.' });
    const reading = collect(client.streams.read(id, run.streamId));
    await collect(living.client.streams.read(id, run.streamId), 20);
    await dying.kill();
    url = living.url;
    // Until its lease lapses the run may be alive, so no other process takes it over.
    await expect(living.client.runs.start(id, { input: 'And now?' })).rejects.toMatchObject({
      code: 'conflict',
    });
    const events = await reading;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)!.chunk).toMatchObject({ type: 'error' });
    expect(await living.client.runs.get(id, run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'lease_expired', retryable: true },
    });
    await expectPartial(living.client, id, events);
    await expectNextTurn(living.client, id, model);
  });
});

interface Server {
  readonly client: ProjectApi;
  readonly url: string;
  kill(): Promise<unknown>;
}

/** All events, or the first ones. */
async function collect(
  events: AsyncIterable<StreamEvent>,
  countMax = Infinity,
): Promise<StreamEvent[]> {
  const found: StreamEvent[] = [];
  for await (const event of events) {
    found.push(event);
    if (found.length >= countMax) break;
  }
  return found;
}

async function expectPartial(
  client: ProjectApi,
  id: string,
  events: readonly StreamEvent[],
): Promise<void> {
  const { data } = await client.items.list(id);
  expect(data.map(({ role }) => role)).toEqual(['user', 'assistant']);
  const { parts, metadata } = data[1]!;
  expect(metadata).toMatchObject({ 'skein:partial': true });
  const text = textOf(parts);
  expect(text).toBe(textOfChunks(events));
  expect(text.length).toBeGreaterThan(20);
  expect(pieces.join('').startsWith(text)).toBe(true);
}

async function expectNextTurn(client: ProjectApi, id: string, model: OpenAiServer): Promise<void> {
  model.script({ text: ['All', ' well.'] });
  const { run, done } = await client.runs.start(id, { input: 'Go on.' });
  expect(await done).toMatchObject({ id: run.id, status: 'completed' });
  const { data } = await client.items.list(id);
  expect(data.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  expect(textOf(data[3]!.parts)).toBe('All well.');
  // The model got what people had seen, without the failure.
  const asked = model.requests.findLast(({ body }) => body.stream === true)!.body.messages;
  expect(asked.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(JSON.stringify(asked)).not.toContain('gone away');
}

function textOf(parts: readonly { readonly type: string; readonly text?: unknown }[]): string {
  return parts.map(({ type, text }) => (type === 'text' ? String(text) : '')).join('');
}

function textOfChunks(events: readonly StreamEvent[]): string {
  return events
    .map(({ chunk }) => (chunk.type === 'text-delta' ? String(chunk.delta) : ''))
    .join('');
}
