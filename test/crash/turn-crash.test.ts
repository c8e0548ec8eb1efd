import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  openOpenAiServerForTesting,
  type OpenAiServer,
} from '../support/adapters/ai-sdk/openai-server-for-testing.ts';
import { CliKitForTesting } from '../support/cli/cli-kit-for-testing.ts';
import { seededRandom } from '../../src/engine/fault/seeded-random.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { seedForTesting } from '../support/store/seed-for-testing.ts';
import { someTurns } from '../support/shared/turns-for-testing.ts';

const seed = seedForTesting();
const pieces = Array.from({ length: 400 }, (_, i) => `${i} `);
const whole = pieces.join('');

const rounds = 20;

const stores: Readonly<Record<string, (kit: CliKitForTesting) => readonly string[]>> = {
  lsm: (kit) => ['--data', kit.data],
  // Other processes may have the database open, so each time the lease of the dead server must
  // lapse.
  sqlite: (kit) => ['--database', `sqlite:${join(kit.folder, 'skein.db')}`, '--run-lease', '1'],
};

for (const [engine, argumentsOf] of Object.entries(stores)) {
  test.runIf(isEngineChosen(engine))(
    `on ${engine}: a server that is killed ${rounds} times in mid-stream keeps what readers have seen (SEED=${seed})`,
    async () => {
      await using kit = await CliKitForTesting.create();
      await using model = await openOpenAiServerForTesting();
      const config = { models: { 'local/counter': { baseUrl: model.baseUrl, model: 'counter' } } };
      const configPath = await kit.writeFile('skein.config.json', JSON.stringify(config));
      const args = [...argumentsOf(kit), '--config', configPath, '--log-level', 'silent'];
      const random = seededRandom(seed);
      for (let round = 0; round < rounds; round++) {
        const url = await killInMidStream(kit, model, args, round, 1 + random.below(300));
        await expectKept(url, round);
        model.script({ text: pieces });
        await expectNextTurn(url, round);
      }
      await endServer();
    },
  );
}

interface Stored {
  readonly role: string;
  readonly key?: string;
  readonly parts: readonly { readonly type: string; readonly text?: string }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly runId?: string;
}

let server: Awaited<ReturnType<CliKitForTesting['serve']>> | undefined;
/** What the last reader has seen of the interrupted answer. */
let seen = '';

async function endServer(): Promise<void> {
  await server?.stop('SIGTERM');
  server = undefined;
}

/** Returns the address of the server that was started after the crash. */
async function killInMidStream(
  kit: CliKitForTesting,
  model: OpenAiServer,
  args: readonly string[],
  round: number,
  textMin: number,
): Promise<string> {
  server ??= await kit.serve(args);
  // It never ends by itself, however late the kill comes.
  const breakAfter = { chunks: pieces.length - 1, by: 'hang' } as const;
  model.script({ text: pieces, hold: () => someTurns(200), breakAfter });
  const answer = await ask(server.url, 'cut', `question ${round}`);
  expect(answer.status).toBe(200);
  seen = '';
  try {
    for await (const text of textsOf(answer)) {
      seen += text;
      if (seen.length >= textMin) server.kill('SIGKILL');
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the connection was cut
  }
  await server.exit();
  expect(seen.length).toBeLessThan(whole.length);
  server = await kit.serve(args);
  return server.url;
}

function ask(url: string, threadId: string, text: string): Promise<Response> {
  const message = { id: text, role: 'user', parts: [{ type: 'text', text }] };
  return fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: threadId, messages: [message], trigger: 'submit-message' }),
  });
}

async function* textsOf(answer: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + piece).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      if (!event.startsWith('data: {')) continue;
      const chunk = JSON.parse(event.slice('data: '.length)) as { type: string; delta?: string };
      if (chunk.type === 'text-delta') yield chunk.delta ?? '';
    }
  }
}

async function expectKept(url: string, round: number): Promise<void> {
  const runs = async (): Promise<{ id: string; status: string; error?: { code: string } }[]> =>
    (await read(`${url}/v1/threads/cut/runs?limit=100`)).data as never; // as the route documents
  // The new process ends the abandoned runs in the background.
  await expect.poll(async () => (await runs()).at(-1)?.status, { timeout: 120_000 }).toBe('failed');
  const failed = (await runs()).at(-1)!;
  expect(failed.error?.code).toBe('lease_expired');
  const [question, answer, ...more] = (await itemsOf(url)).slice(-2) as [Stored, Stored];
  expect(more).toEqual([]);
  expect(question).toMatchObject({ role: 'user', key: `question ${round}` });
  expect(answer).toMatchObject({ role: 'assistant', runId: failed.id });
  expect(answer.metadata).toMatchObject({ 'skein:partial': true });
  const text = textOf(answer);
  // Everything that was seen is kept; chunks that became durable but were not sent may be there,
  // too.
  expect(text.startsWith(seen), `round ${round}, SEED=${seed}`).toBe(true);
  expect(whole.startsWith(text)).toBe(true);
  expect((await itemsOf(url)).filter(({ runId }) => runId === failed.id)).toHaveLength(1);
}

async function expectNextTurn(url: string, round: number): Promise<void> {
  const next = await ask(url, 'cut', `next ${round}`);
  let text = '';
  for await (const piece of textsOf(next)) text += piece;
  expect(text).toBe(whole);
  expect(textOf((await itemsOf(url)).at(-1)!)).toBe(whole);
}

async function itemsOf(url: string): Promise<Stored[]> {
  const page = await read(`${url}/v1/threads/cut/items?order=desc&limit=100`);
  return (page.data as Stored[]).toReversed(); // as the route documents
}

function textOf({ parts }: Stored): string {
  return parts.map(({ type, text }) => (type === 'text' ? text : '')).join('');
}

async function read(url: string): Promise<{ readonly data: unknown }> {
  // Every list has this form.
  return (await (await fetch(url)).json()) as { readonly data: unknown };
}
