import { AIMessage, AIMessageChunk, HumanMessage, SystemMessage } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import { readMessageFields } from './message-fields.ts';

test('reads a message in every form that a state may hold it in', () => {
  const human = new HumanMessage({ content: 'hi', id: 'm1' });
  const asJson: unknown = JSON.parse(JSON.stringify(human));
  const plain = { role: 'user', content: 'hi', id: 'm1' };
  const typed = { type: 'human', content: [{ type: 'text', text: 'h' }, 'i'], id: 'm1' };
  for (const message of [human, asJson, plain, typed]) {
    expect(readMessageFields(message)).toEqual({
      role: 'user',
      content: 'hi',
      words: message === typed ? 'h i' : 'hi',
      id: 'm1',
      timeMs: undefined,
    });
  }
  for (const message of [
    new AIMessage('x'),
    new AIMessageChunk('x'),
    { role: 'assistant', content: 'x' },
  ]) {
    expect(readMessageFields(message)).toMatchObject({ role: 'assistant', content: 'x' });
  }
  const image = { role: 'user', content: [{ type: 'image_url', image_url: 'x' }, { text: 'y' }] };
  expect(readMessageFields(image)?.content).toBe('y');
  const called = {
    role: 'user',
    content: ['Ask ', { type: 'mention', userId: 'u1', name: 'Ada' }],
  };
  expect(readMessageFields(called)?.content).toBe('Ask @Ada');
  for (const nothing of [null, 'hi', 3, {}, { role: 'tool' }, new SystemMessage('x'), { id: [] }]) {
    expect(readMessageFields(nothing)).toBeUndefined();
  }
});

test('reads the time that a message tells', () => {
  const timeMs = Date.UTC(2026, 0, 1);
  for (const extra of [
    { timestamp: new Date(timeMs) },
    { createdAt: '2026-01-01T00:00:00Z' },
    { additional_kwargs: { created_at: timeMs } },
    { response_metadata: { created: timeMs / 1000 } },
  ]) {
    expect(readMessageFields({ role: 'user', content: '', ...extra })?.timeMs).toBe(timeMs);
  }
  for (const extra of [
    { timestamp: 'yesterday' },
    { timestamp: 0 },
    { timestamp: 1e300 },
    { timestamp: new Date(Number.NaN) },
  ]) {
    expect(readMessageFields({ role: 'user', content: '', ...extra })?.timeMs).toBeUndefined();
  }
});
