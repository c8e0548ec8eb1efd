import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readLines, textOfLine, type Line } from './read-lines.ts';

function chunksOf(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size);
  return Readable.from(starts.map((start) => bytes.slice(start, start + size)));
}

async function collect(bytes: Uint8Array, size: number, lineBytesMax?: number): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunksOf(bytes, size), lineBytesMax)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  const text = '\ufeff{"a":1}\r\n\n{"b":"Grüße 👍"}\nlast';
  const bytes = Buffer.from(text);

  test.each([1, 2, 3, 7, 64, 65_536])(
    'gives the same lines in chunks of %i bytes',
    async (size) => {
      const lines = await collect(bytes, size);
      expect(lines.map((line) => [line.number, textOfLine(line)])).toEqual([
        [1, '{"a":1}'],
        [3, '{"b":"Grüße 👍"}'],
        [4, 'last'],
      ]);
      expect(lines.at(-1)?.endByte).toBe(bytes.length);
    },
  );

  test('says where the next line begins', async () => {
    const lines = await collect(Buffer.from('ab\ncd\n'), 4);
    expect(lines.map(({ endByte }) => endByte)).toEqual([3, 6]);
  });

  test('a line beyond the bound is refused with its number, before it is all in memory', async () => {
    await expect(collect(Buffer.from(`ok\n${'x'.repeat(100)}`), 10, 50)).rejects.toMatchObject({
      line: 2,
      message: 'is longer than 50 bytes',
    });
  });

  test('bytes that are not UTF-8 are refused when the line is read', async () => {
    const [first, second] = await collect(Buffer.from([0x61, 0x0a, 0xff, 0xfe]), 4);
    expect(textOfLine(first!)).toBe('a');
    expect(() => textOfLine(second!)).toThrow('is not UTF-8');
  });
});
