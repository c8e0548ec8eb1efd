import { expect, test } from 'vitest';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { storedForTesting } from '../../../test/support/store/store-kit-for-testing.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { createStoreOf } from '../../store/create-store.ts';
import { allNouns } from '../../store/nouns.ts';
import type { Core } from '../base/core.ts';
import type { Noun } from '../base/noun.ts';
import { finishRun, lapsed } from './finish-run.ts';

test('a run that waits for people is not ended by a sweep that found its lease lapsed before', async () => {
  const cores: Core[] = [];
  const probe: Noun = { name: 'probe', start: (core) => void cores.push(core) };
  await using store = await createStoreOf([...allNouns, probe], { engine: memory() });
  const owner = store.project('project').as({ userId: 'owner' });
  const [thread] = await owner.threads.create([{}]);
  const responder = scripted(() => [
    ...textChunks('Shall I?').slice(0, -1),
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
    { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    { type: 'finish' },
  ]);
  const { run, done } = await owner.runs.start(thread!.id, { input: 'Buy it', responder });
  expect((await done).status).toBe('interrupted');
  // The sweep read the row while the answer was still being written.
  const late = { ...lapsed, leaseToken: 1 };
  const left = await finishRun(cores[0]!, storedForTesting(thread!.id), run.id, late);
  expect([left?.leaseToken, left?.status, left?.error]).toEqual([1, 'interrupted', undefined]);
  const { data } = await owner.items.list(thread!.id);
  expect(data.map(({ role }) => role)).toEqual(['user', 'assistant']);
});
