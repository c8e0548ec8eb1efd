import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import type { Page } from '../../api/page.ts';
import type { Run } from '../../api/run.ts';
import type { RunStart } from '../../api/operations/runs.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

let kit: HttpKitForTesting;
let hung: ReturnType<typeof gate>;
let thread: string;

beforeEach(async () => {
  hung = gate();
  const quick = scripted(() => textChunks('Hel', 'lo'), 'test/quick');
  const slow = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await hung.opened;
  }, 'test/slow');
  kit = await HttpKitForTesting.open(memory(), {}, { responders: sourceOf(quick, slow) });
  const { json } = await kit.answer<{ id: string }>(201, 'POST', '/v1/threads', { json: {} });
  thread = `/v1/threads/${json.id}`;
});

afterEach(async () => {
  hung.open();
  await kit[Symbol.asyncDispose]();
});

const async = { prefer: 'respond-async' };

describe('runs over HTTP', () => {
  test('a run streams the run, its chunks and its end', async () => {
    const answer = await kit.answer(200, 'POST', `${thread}/runs`, { json: { input: 'Hi' } });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    const events = answer.text.split('\n\n').filter((text) => !text.startsWith('retry:'));
    expect(events[0]).toMatch(/^event: run\ndata: \{"run":\{/);
    expect(events[1]).toMatch(/^id: 1\ndata: \{"type":"start"/);
    expect(events.at(-2)).toBe('data: [DONE]');
    const location = answer.headers.get('location')!;
    const { json: run } = await kit.answer<Run>(200, 'GET', location);
    expect(run).toMatchObject({ status: 'completed', model: 'test/quick', attempt: 1 });
    const items = await kit.answer<Page<{ parts: { text?: string }[] }>>(
      200,
      'GET',
      `${thread}/items`,
    );
    expect(items.json.data.length).toBe(2);
    const page = await kit.answer<Page<Run>>(200, 'GET', `${thread}/runs?status=completed`);
    expect(page.json.data).toEqual([run]);
  });

  test('a stream is replayed whole, after a number, after Last-Event-ID and from its step', async () => {
    const { headers } = await kit.answer(200, 'POST', `${thread}/runs`, { json: { input: 'Hi' } });
    const stream = `${thread}/streams/${headers.get('x-skein-stream-id')}`;
    const idsOf = (text: string): number[] =>
      [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    const whole = idsOf((await kit.answer(200, 'GET', stream)).text);
    expect(whole).toEqual(whole.map((_, i) => i + 1));
    const late = idsOf((await kit.answer(200, 'GET', `${stream}?after=3`)).text);
    expect(late).toEqual(whole.slice(3));
    const resumed = await kit.answer(200, 'GET', stream, { headers: { 'last-event-id': '4' } });
    expect(idsOf(resumed.text)).toEqual(whole.slice(4));
    const step = await kit.answer(200, 'GET', `${stream}?from=step`);
    expect(step.text).toContain('"start-step"');
    expect(idsOf(step.text)[0]).toBe(2);
    await kit.problem(400, 'invalid_request', 'GET', `${stream}?after=999`);
    await kit.problem(400, 'invalid_request', 'GET', `${stream}?after=1&from=step`);
  });

  test('with Prefer: respond-async the response is immediate, and the run is stopped', async () => {
    const started = await kit.answer<RunStart>(202, 'POST', `${thread}/runs`, {
      json: { input: 'Hi', model: 'test/slow' },
      headers: async,
    });
    const { run } = started.json;
    expect(run).toMatchObject({ status: 'running', model: 'test/slow' });
    await kit.problem(409, 'conflict', 'POST', `${thread}/runs`, { json: { input: 'And?' } });
    const stopped = await kit.answer<Run>(200, 'POST', `${thread}/runs/${run.id}/stop`);
    expect(stopped.json.status).toBe('cancelled');
    const { text } = await kit.answer(200, 'GET', `${thread}/streams/${run.streamId}`);
    expect(text).toContain('{"type":"abort"}');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('the same request with its key is the same run', async () => {
    const request = { json: { input: 'Hi' }, headers: { ...async, 'idempotency-key': 'k' } };
    const first = await kit.answer<RunStart>(202, 'POST', `${thread}/runs`, request);
    const again = await kit.answer<RunStart>(200, 'POST', `${thread}/runs`, request);
    expect(again.json.run.id).toBe(first.json.run.id);
  });

  test.each([
    ['an unknown model', { input: 'x', model: 'no/such' }, 400],
    ['an unknown agent', { input: 'x', agent: 'nobody' }, 400],
    ['both a model and an agent', { input: 'x', model: 'test/quick', agent: 'a' }, 400],
    ['nothing to answer', {}, 400],
    ['an empty text', { input: '' }, 400],
    ['an unknown field', { input: 'x', modle: 'test/quick' }, 400],
    ['an unknown policy', { input: 'x', policy: 'wait' }, 400],
    ['an item of another thread', { inputItemId: '0192f0c1-7e1b-7000-8000-0123456789ab' }, 400],
    ['a prompt of 2 MB', { input: 'x'.repeat(2 * 1024 * 1024) }, 400],
  ])('%s is refused, and nothing is stored', async (_what, json, status) => {
    await kit.problem(status, 'invalid_request', 'POST', `${thread}/runs`, { json });
    expect((await kit.answer<Page<unknown>>(200, 'GET', `${thread}/items`)).json.data).toEqual([]);
    expect((await kit.answer<Page<unknown>>(200, 'GET', `${thread}/runs`)).json.data).toEqual([]);
  });

  test('runs and streams of another thread, or that do not exist, are not found', async () => {
    const { json } = await kit.answer<RunStart>(202, 'POST', `${thread}/runs`, {
      json: { input: 'Hi' },
      headers: async,
    });
    const other = await kit.answer<{ id: string }>(201, 'POST', '/v1/threads', { json: {} });
    const { id: runId, streamId } = json.run;
    const elsewhere = `/v1/threads/${other.json.id}`;
    await kit.problem(404, 'not_found', 'GET', `${elsewhere}/runs/${runId}`);
    await kit.problem(404, 'not_found', 'POST', `${elsewhere}/runs/${runId}/stop`);
    await kit.problem(404, 'not_found', 'GET', `${elsewhere}/streams/${streamId}`);
    await kit.problem(404, 'not_found', 'GET', `${thread}/runs/nothing`);
    const stranger = { user: 'stranger' };
    await kit.problem(404, 'not_found', 'GET', `${thread}/streams/${streamId}`, stranger);
    await kit.problem(404, 'not_found', 'GET', `${thread}/runs`, stranger);
    await kit.problem(404, 'not_found', 'POST', `${thread}/runs`, {
      ...stranger,
      json: { input: 'x' },
    });
  });
});
