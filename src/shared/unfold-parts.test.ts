import { expect, test } from 'vitest';
import type { Part } from '../api/item.ts';
import { createFold } from '../domain/streams/fold-chunks.ts';
import { unfoldParts } from './unfold-parts.ts';

const call = { toolCallId: 'c', input: { n: 1 } };
const asked = { id: 'a', signature: 's', requestReason: 'it costs money' };

const answers: Record<string, Part[]> = {
  texts: [
    { type: 'step-start' },
    { type: 'reasoning', id: 'r', text: 'Hm.', state: 'done', providerMetadata: { p: { x: 1 } } },
    { type: 'text', text: 'Half', state: 'done' },
    { type: 'text', text: '', state: 'done' },
    { type: 'text', text: 'A second', state: 'streaming' },
  ],
  'files, sources and data': [
    { type: 'file', mediaType: 'image/png', url: 'data:,' },
    { type: 'source-url', sourceId: 's', url: 'https://example.com', title: 'T' },
    {
      type: 'source-document',
      sourceId: 'd',
      mediaType: 'text/plain',
      title: 'D',
      filename: 'd.txt',
    },
    { type: 'data-weather', id: 'w', data: { sun: true } },
    { type: 'mention', userId: 'ada', name: 'Ada' },
  ],
  'an approval that is waited for': [
    { type: 'step-start' },
    { type: 'tool-buy', ...call, state: 'approval-requested', approval: asked },
    { type: 'tool-buy', toolCallId: 'd', input: {}, state: 'input-available', title: 'Buy' },
  ],
  'approvals that were given': [
    {
      type: 'tool-buy',
      ...call,
      state: 'approval-responded',
      approval: { ...asked, approved: true },
    },
    {
      type: 'dynamic-tool',
      toolName: 'sell',
      toolCallId: 'd',
      input: 1,
      state: 'approval-responded',
      approval: { id: 'b', approved: false, reason: 'No.' },
    },
  ],
  'outputs over two steps': [
    { type: 'step-start' },
    {
      type: 'tool-buy',
      ...call,
      state: 'output-available',
      output: { ok: true },
      approval: { id: 'a', approved: true },
    },
    {
      type: 'tool-buy',
      toolCallId: 'd',
      input: {},
      state: 'output-error',
      errorText: 'It failed.',
    },
    { type: 'step-start' },
    {
      type: 'dynamic-tool',
      toolName: 'sell',
      toolCallId: 'e',
      input: {},
      state: 'output-available',
      output: 'sold',
      callProviderMetadata: { p: { x: 1 } },
      resultProviderMetadata: { p: { y: 2 } },
    },
    {
      type: 'tool-buy',
      toolCallId: 'f',
      input: {},
      state: 'output-denied',
      approval: { id: 'b', approved: false },
    },
  ],
  'a search of the provider': [
    {
      type: 'tool-search',
      ...call,
      providerExecuted: true,
      state: 'output-available',
      output: [1],
      preliminary: true,
    },
  ],
};

test.each(Object.entries(answers))('makes what it was made of: %s', (_name, parts) => {
  const fold = createFold();
  for (const chunk of unfoldParts(parts)) fold.add(chunk);
  expect(fold.parts).toEqual(parts);
});
