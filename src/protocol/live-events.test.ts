import { describe, expect, test } from 'vitest';
import type { Thread } from '../api/thread.ts';
import type { LiveEvent } from '../api/live.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import { encodeLiveEvent, encodeRetry, liveComment, LiveEventDecoder } from './live-events.ts';

const threadId = 't1' as ThreadId;
const itemId = '0192f0c1-7e1a-7000-8000-0123456789ab' as ItemId;
const item = {
  id: itemId,
  threadId,
  role: 'user',
  parts: [{ type: 'text', text: 'line one\nline two\r\n: not a comment\u2028 👩‍👩‍👧' }],
  visibility: 'visible',
  private: false,
  attempt: 1,
  requestId: 'r',
  metadata: {},
  createdAt: '2026-01-01T00:00:00.000Z',
} as const;
const change = { version: 3, type: 'edit', itemId, createdAt: '2026-01-01T00:00:00.000Z' } as const;
const events: LiveEvent[] = [
  { type: 'item', cursor: 'c1', item },
  { type: 'change', cursor: 'c2', change, item },
  { type: 'change', cursor: 'c3', change },
  { type: 'head', cursor: 'c4', thread: { id: threadId, title: 'T' } as Thread },
];

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('a live tail', () => {
  const wire = encodeRetry(2000) + events.map(encodeLiveEvent).join(liveComment);

  test('decodes to what was encoded, wherever it is cut', () => {
    const bytes = bytesOf(wire);
    for (const size of [1, 2, 3, 7, 64, 1024, bytes.length]) {
      const decoder = new LiveEventDecoder();
      const seen: LiveEvent[] = [];
      for (let at = 0; at < bytes.length; at += size)
        seen.push(...decoder.push(bytes.subarray(at, at + size)));
      expect(seen).toEqual(events);
      expect(decoder.lastEventId).toBe('c4');
      expect(decoder.retryMs).toBe(2000);
    }
  });

  test.each(['\r\n', '\r'])('may end its lines with %j', (lineEnd) => {
    const bytes = bytesOf(wire.replaceAll('\n', lineEnd));
    const decoder = new LiveEventDecoder();
    const seen: LiveEvent[] = [];
    for (let at = 0; at < bytes.length; at++)
      seen.push(...decoder.push(bytes.subarray(at, at + 1)));
    expect(seen).toEqual(events);
  });

  test('may begin with a byte order mark', () => {
    expect(new LiveEventDecoder().push(bytesOf(`\uFEFF${wire}`))).toEqual(events);
  });

  test('gives no truncated event', () => {
    const decoder = new LiveEventDecoder();
    expect(decoder.push(bytesOf(encodeLiveEvent(events[0]!).slice(0, -1)))).toEqual([]);
    expect(decoder.lastEventId).toBeUndefined();
  });

  test('skips fields and events that are unknown, but remembers their position', () => {
    const decoder = new LiveEventDecoder();
    expect(
      decoder.push(bytesOf('id: c9\nevent: other\nfoo: bar\ndata: not json\n\nid: c10\n\n')),
    ).toEqual([]);
    expect(decoder.lastEventId).toBe('c10');
  });

  test.each([
    ['broken JSON', 'id: c\nevent: item\ndata: {\n\n'],
    ['no object', 'id: c\nevent: item\ndata: 3\n\n'],
    ['no cursor', 'event: item\ndata: {}\n\n'],
  ])('is refused for %s', (_name, text) => {
    expect(() => new LiveEventDecoder().push(bytesOf(text))).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  test('is refused for a line that never ends', () => {
    const decoder = new LiveEventDecoder();
    const piece = bytesOf('x'.repeat(8 * 1024 * 1024));
    expect(() => {
      for (let i = 0; i < 10; i++) decoder.push(piece);
    }).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
