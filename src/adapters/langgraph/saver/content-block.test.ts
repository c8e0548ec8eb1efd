import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/json.ts';
import { partOfBlock } from './content-block.ts';

const cat = 'https://example.com/cat.png';
const png = 'data:image/png;base64,AAAA';

test.each<[block: JsonValue, part: object]>([
  [
    { type: 'image_url', image_url: { url: cat, detail: 'low' } },
    { mediaType: 'image/*', url: cat },
  ],
  [
    { type: 'image_url', image_url: png },
    { mediaType: 'image/png', url: png },
  ],
  [
    { type: 'image', source_type: 'base64', mime_type: 'image/png', data: 'AAAA' },
    { mediaType: 'image/png', url: png },
  ],
  [
    { type: 'image', source_type: 'url', url: cat },
    { mediaType: 'image/*', url: cat },
  ],
  [
    { type: 'image', mimeType: 'image/png', data: 'AAAA' },
    { mediaType: 'image/png', url: png },
  ],
  [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    { mediaType: 'image/png', url: png },
  ],
  [
    { type: 'image', source: { type: 'url', url: cat } },
    { mediaType: 'image/*', url: cat },
  ],
  [
    { type: 'document', title: 'Bill', source: { media_type: 'application/pdf', data: 'AA' } },
    { mediaType: 'application/pdf', url: 'data:application/pdf;base64,AA', filename: 'Bill' },
  ],
  [
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
    { mediaType: 'application/pdf', url: 'data:application/pdf;base64,AA', filename: 'a.pdf' },
  ],
  [
    { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    { mediaType: 'audio/wav', url: 'data:audio/wav;base64,AA' },
  ],
  [
    { type: 'video', url: 'https://example.com/v' },
    { mediaType: 'video/*', url: 'https://example.com/v' },
  ],
])('%j is a file', (block, file) => {
  expect(partOfBlock(block)).toEqual({ type: 'file', ...file });
});

test.each<JsonValue>([
  { type: 'image_url' },
  { type: 'image_url', image_url: {} },
  { type: 'image', source_type: 'id', id: 'file-1' },
  { type: 'file', file: { file_id: 'file-1' } },
  { type: 'input_audio', input_audio: 'x' },
  { type: 'tool_use', id: 't', name: 'f', input: {} },
  { type: 'image', data: { lc: 2 } },
  7,
  null,
])('%j is kept whole', (block) => {
  expect(partOfBlock(block)).toEqual({ type: 'langchain-block', block });
});
