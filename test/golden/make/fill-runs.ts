import {
  type Chunk,
  type Responder,
  type ResponderSource,
  type StartedRun,
  RunFailure,
} from 'skein';
import type { Filling } from './filling.ts';

/**
 * Answers by the model's name: `lab/alpha` and `lab/beta` give a text, `lab/fails` fails midway,
 * and so on.
 */
const answers: Readonly<
  Record<string, (signal: AbortSignal) => AsyncIterable<Chunk> | Iterable<Chunk>>
> = {
  'lab/alpha': () => textChunks('Alpha ', 'says ', 'this.'),
  'lab/beta': () => textChunks('Beta ', 'says ', 'that.'),
  'lab/tools': () => [
    ...opening,
    {
      type: 'tool-input-available',
      toolCallId: 'c',
      toolName: 'weather',
      input: { city: 'Paris' },
    },
    { type: 'tool-output-available', toolCallId: 'c', output: { degrees: 21.5 } },
    { type: 'finish-step' },
    { type: 'start-step' },
    { type: 'reasoning-start', id: 'r' },
    { type: 'reasoning-delta', id: 'r', delta: 'warm' },
    { type: 'reasoning-end', id: 'r' },
    ...textChunks('It is warm.').slice(2),
  ],
  'lab/asks': () => [
    ...opening,
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: { n: 1 } },
    { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    ...closing,
  ],
  // oxlint-disable-next-line typescript/require-await -- it fails in the middle of a stream
  'lab/fails': async function* () {
    yield* textChunks('half an ans').slice(0, 4);
    throw new RunFailure({ code: 'rate_limited', message: 'Too many.', retryable: true });
  },
  'lab/hangs': async function* (signal) {
    yield* textChunks('never to be ', 'finished').slice(0, 5);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
};

const opening: readonly Chunk[] = [{ type: 'start' }, { type: 'start-step' }];
const closing: readonly Chunk[] = [
  { type: 'finish-step' },
  { type: 'finish', messageMetadata: { totalTokens: 12 } },
];

function textChunks(...deltas: readonly string[]): Chunk[] {
  return [
    ...opening,
    { type: 'text-start', id: 't' },
    ...deltas.map((delta) => ({ type: 'text-delta', id: 't', delta })),
    { type: 'text-end', id: 't' },
    ...closing,
  ];
}

const responders: readonly Responder[] = Object.entries(answers).map(([name, answer]) => ({
  name,
  kind: 'model',
  isDemo: false,
  async *respond({ signal }) {
    yield* answer(signal);
  },
}));

export const respondersOfFilling: ResponderSource = {
  list: () => responders,
  find: (kind, name) => responders.find((one) => one.kind === kind && one.name === name),
};

/** Runs and comparisons with every outcome, and streams without a run. */
export async function fillRuns(filling: Filling): Promise<void> {
  await fillEndedRuns(filling);
  await fillRetries(filling);
  await fillComparisons(filling);
  await fillStreams(filling);
}

async function fillEndedRuns(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({ id: 'runs', title: 'Runs', visibility: 'public', tags: ['all'] });
  for (const model of ['lab/alpha', 'lab/tools', 'lab/fails', 'lab/asks']) {
    filling.pass();
    await (
      await ada.runs.start('runs', { input: `To ${model}`, model, metadata: { model } })
    ).done;
  }
  await filling.thread({ id: 'stopped', title: 'Stopped half way' });
  const hanging = await ada.runs.start('stopped', {
    input: 'To be stopped',
    model: 'lab/hangs',
    policy: 'interrupt',
  });
  await untilChunks(filling, hanging, 'stopped', 5);
  filling.pass();
  await ada.runs.stop('stopped', hanging.run.id);
  await hanging.done;
}

/** Waits until a run has produced `count` chunks, which are then stored. */
export async function untilChunks(
  filling: Filling,
  { run }: StartedRun,
  threadId: string,
  count: number,
): Promise<void> {
  for await (const { seq } of filling.as('ada').streams.read(threadId, run.streamId)) {
    if (seq >= count) return;
  }
}

async function fillRetries(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({ id: 'retries', title: 'Again and again' });
  const first = await (
    await ada.runs.start('retries', { input: 'A question', model: 'lab/fails' })
  ).done;
  filling.pass();
  const second = await (
    await ada.runs.start('retries', { model: 'lab/alpha', replacesId: first.outputItemId! })
  ).done;
  filling.pass();
  await (
    await ada.runs.start('retries', { model: 'lab/beta', replacesId: second.outputItemId! })
  ).done;
  filling.pass();
  const asked = (await ada.items.list('retries')).data[0]!;
  const edited = { role: 'user' as const, text: 'A better question', replacesId: asked.id };
  await (
    await ada.runs.start(
      'retries',
      { input: [edited], archiveAfter: asked.id, model: 'lab/alpha' },
      { idempotencyKey: 'run-1' },
    )
  ).done;
}

async function fillComparisons(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({
    id: 'arena',
    title: 'Side by side',
    visibility: 'public',
    mode: 'public',
  });
  const compare = async (
    prompt: string,
    blind: boolean,
    models: readonly [string, string] = ['lab/alpha', 'lab/beta'],
  ): Promise<string> => {
    filling.pass();
    const { comparison, done } = await ada.comparisons.create('arena', { prompt, models, blind });
    await done;
    return comparison.id;
  };
  const open = await compare('Which one?', false);
  await ada.comparisons.vote('arena', open, { choice: 'left' });
  await filling.as('ben').comparisons.vote('arena', open, { choice: 'tie' });
  const blind = await compare('Guess who', true);
  await filling
    .as('ben')
    .comparisons.vote('arena', blind, { choice: 'right' }, { idempotencyKey: 'vote-1' });
  await compare('Nobody has voted', true);
  await compare('One of them fails', false, ['lab/alpha', 'lab/fails']);
}

async function fillStreams(filling: Filling): Promise<void> {
  const { streams } = filling.store.operator;
  const threadId = 'streams';
  await filling.thread({ id: threadId, title: 'Streams without runs' });
  for (const id of ['completed', 'aborted', 'active'] as const) {
    filling.pass();
    const [stream] = await streams.create([
      { threadId, id, runId: `run-${id}`, lastEventId: '7', snapshot: { so: ['far'] } },
    ]);
    const producer = await streams.open(stream!);
    for (const chunk of textChunks('told ', 'so ', 'far').slice(0, 5)) producer.append(chunk);
    await producer.flush();
    if (id !== 'active') await producer.end(id, dayMs);
  }
  await streams.create([
    { threadId, id: 'expired', status: 'expired', expiresAt: '2026-06-01T00:00:00.000Z' },
  ]);
  filling.note.openStreams.push({ threadId, streamId: 'active', chunks: 5 });
}

const dayMs = 24 * 3_600_000;
