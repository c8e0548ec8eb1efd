import type { CheckpointPut, MessageChannel, NewValue, Packed } from 'skein';
import type { Filling } from './filling.ts';

/**
 * States of agent programs: with messages shown as items, with copies and prunings, and with a
 * deleted source.
 */
export async function fillCheckpoints(filling: Filling): Promise<void> {
  await fillChat(filling);
  await fillValues(filling);
  await fillCopies(filling);
}

/** An element is `key: text`. */
const messages: MessageChannel = {
  channel: 'messages',
  mark: 'mark',
  toItem: (element) => {
    const [key = '', text = ''] = (typeof element === 'string' ? element : '').split(': ');
    return {
      item: { role: 'user', text, key, metadata: { mark: true } },
      writtenAtMs: 1_767_000_000_000,
    };
  },
};

async function fillChat(filling: Filling): Promise<void> {
  const lists = [
    ['a: one'],
    ['a: one', 'b: two'],
    ['a: one', 'b: two, edited', 'c: three'],
    ['b: two, edited', 'c: three'],
  ];
  for (const [step, list] of lists.entries()) await putChat(filling, 'chat', step, list);
  const { checkpoints } = filling.as('ada');
  await checkpoints.putWrites('chat', { namespace: '', id: idOf(3) }, [
    { taskId: 'task', index: 0, channel: 'messages', value: { json: ['d: four'] } },
    {
      taskId: 'task',
      index: -1,
      channel: '__interrupt__',
      value: { type: 'bytes', bytes: 'AAEC_w' },
    },
  ]);
  await checkpoints.putWrites('chat', { namespace: '', id: idOf(3) }, [
    { taskId: 'task', index: -1, channel: '__interrupt__', value: { json: { again: true } } },
  ]);
}

export async function putChat(
  filling: Filling,
  threadId: string,
  step: number,
  list: readonly string[],
): Promise<void> {
  const elements = list.map((json): Packed => ({ json }));
  await put(filling, threadId, step, { messages: { kind: 'list', elements } }, { messages });
}

/** Values of every form, some kept from the previous checkpoint, in two namespaces. */
async function fillValues(filling: Filling): Promise<void> {
  const whole = (value: Packed): NewValue => ({ kind: 'whole', value });
  const steps: readonly Readonly<Record<string, NewValue>>[] = [
    {
      state: whole({ json: { n: 1 } }),
      raw: whole({ type: 'bytes', bytes: 'AAEC_w' }),
      text: whole({ type: 'text', text: ' {"n": 1.0} ' }),
    },
    { state: whole({ json: { n: 2 } }) },
    {
      list: {
        kind: 'list',
        elements: [{ json: 1 }, { json: [2] }, { type: 'bytes', bytes: '_w' }],
      },
    },
  ];
  for (const [step, values] of steps.entries()) {
    await put(filling, 'values', step, values);
    await put(filling, 'values', step, values, { namespace: 'child|1' });
  }
  await put(filling, 'values', 2, steps[0]!); // the same checkpoint again, with other values
}

async function fillCopies(filling: Filling): Promise<void> {
  const { checkpoints, threads } = filling.as('ada');
  for (const threadId of ['to-copy', 'to-delete', 'to-prune']) {
    for (let step = 0; step < 6; step++) {
      await putChat(
        filling,
        threadId,
        step,
        Array.from({ length: step + 1 }, (_, i) => `k${i}: said ${i}`),
      );
    }
  }
  await checkpoints.copy('to-copy', 'copied', { messages });
  await putChat(filling, 'copied', 6, ['k0: said 0', 'k9: in the copy']);
  await checkpoints.copy('copied', 'copied-again', { messages, origin: 'known elsewhere as this' });
  await putChat(filling, 'to-copy', 6, ['k0: said 0', 'k8: in the source']);
  filling.pass();
  await checkpoints.prune('to-copy', { keepLast: 2 });
  await checkpoints.prune('to-prune', { keepLast: 2 });
  await checkpoints.copy('to-delete', 'heir-of-deleted', { messages });
  filling.pass();
  await threads.delete(['to-delete']);
}

async function put(
  filling: Filling,
  threadId: string,
  step: number,
  values: Readonly<Record<string, NewValue>>,
  more: Partial<CheckpointPut> = {},
): Promise<void> {
  filling.pass();
  await filling.as('ada').checkpoints.put(threadId, {
    namespace: '',
    id: idOf(step),
    ...(step > 0 && { parentId: idOf(step - 1) }),
    content: { json: { v: 4, ts: step } },
    metadata: { json: { source: 'loop', step, parents: {} } },
    versions: Object.keys(values).map((channel) => [channel, step + 1] as const),
    channels: Object.keys(values),
    values: new Map(Object.entries(values)),
    madeAtMs: filling.nowMs,
    ...more,
  });
}

function idOf(step: number): string {
  return `1f0e0000-0000-6000-8000-${String(step).padStart(12, '0')}`;
}
