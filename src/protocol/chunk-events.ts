/**
 * The chunks of an answer on the wire: server-sent events whose data are chunks of the AI SDK's UI
 * message stream (ai-sdk.dev, "Stream Protocol"), so that its clients can read them directly.
 *
 *   stream = [ run ] *( chunk / comment ) [ done ]
 *   run    = "event: run" LF "data: " json LF LF
 *   chunk  = "id: " seq LF "data: " json LF LF
 *   done   = "data: [DONE]" LF LF
 *
 * `run` comes first if the request started a run: `{run, items}`. `seq` is the number of the chunk,
 * to be given as `after` or `Last-Event-ID`. `done` ends the stream.
 */
import type { Chunk } from '../api/responder.ts';
import type { StreamEvent } from '../api/stream.ts';
import type { RunStart } from '../api/operations/runs.ts';
import { parseEventData, type ServerEvent } from './server-events.ts';

export const chunkStreamHeaders = { 'x-vercel-ai-ui-message-stream': 'v1' } as const;

export const chunkStreamEnd = 'data: [DONE]\n\n';

export function encodeChunks(lastSeq: number, chunks: readonly Chunk[]): string {
  const first = lastSeq - chunks.length + 1;
  return chunks.map((chunk, i) => `id: ${first + i}\ndata: ${JSON.stringify(chunk)}\n\n`).join('');
}

export function encodeRunStart(start: RunStart): string {
  return `event: run\ndata: ${JSON.stringify(start)}\n\n`;
}

/** The chunk in an event; `done` at the end; `undefined` for other kinds of events. */
export function decodeChunk({ name, id, data }: ServerEvent): StreamEvent | 'done' | undefined {
  if (data === '[DONE]') return 'done';
  if (name !== '' && name !== 'message') return undefined;
  return { seq: Number(id), chunk: parseEventData(data) as Chunk }; // as the protocol says
}
