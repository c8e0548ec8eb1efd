import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import type { Item, Part } from '../../../api/item.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Chunk } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import { jsonEqual, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import { unfoldParts } from '../../../shared/unfold-parts.ts';
import { toUIMessages } from '../ui-messages.ts';
import { catchUp } from './catch-up.ts';
import { findNewest } from './find-message.ts';
import { SentAnswer } from './sent-answer.ts';

interface Ended {
  readonly run: Run;
  /** What the client got so far. */
  readonly sent: SentAnswer;
  /** The parts that the client had before, if it has the message. */
  readonly before: readonly Part[] | undefined;
  /** The answer that this one was to replace: it stays if nothing was said. */
  readonly replacesId: string | undefined;
  /** The run had ended before the client asked. */
  readonly isReplay: boolean;
  /** All chunks of the answer from its beginning, which are read again if it was cut off. */
  readonly chunks: () => AsyncIterable<Chunk>;
}

/**
 * The last chunks of an answer: after them a page shows the message as the store has it, so that
 * nothing changes when it is loaded again.
 */
export async function endAnswer(project: ProjectApi, ended: Ended): Promise<readonly Chunk[]> {
  const { run, sent, before } = ended;
  const told = sent.last();
  const last = told.length > 0 ? told : [endOf(run)];
  const item = await findStored(project, ended);
  if (item === undefined) {
    if (sent.hasShown) return [...sent.waiting(), ...last];
    return before === undefined ? last.map(withoutMetadata) : last;
  }
  const message = toUIMessages([item])[0]!; // one item, one message
  const metadata = (message.metadata ?? {}) as JsonObject; // as an item has it
  if (sent.hasShown) {
    const isWhole = run.status === 'completed' || run.status === 'interrupted';
    const waiting = isWhole ? sent.sent(sent.waiting()) : [];
    sent.sent(last);
    const repairs = isWhole && !ended.isReplay ? [] : await repairsOf(ended, item.parts);
    return [...waiting, ...repairs, ...missing(sent.metadata, metadata), ...last];
  }
  const start: Chunk = { type: 'start', messageId: message.id };
  if (before !== undefined) {
    const chunks = catchUp(before, item.parts).chunks;
    return [start, ...chunks, ...missing(sent.metadata, metadata), ...last];
  }
  const whole = message.metadata === undefined ? {} : { messageMetadata: metadata };
  return [{ ...start, ...whole }, ...unfoldParts(item.parts), ...last];
}

/** A cut answer is not stored as its chunks made it, and an older one may have been edited. */
async function repairsOf({ chunks }: Ended, stored: readonly Part[]): Promise<readonly Chunk[]> {
  const { parts, ends } = await shownBy(chunks());
  return [...ends, ...catchUp(parts, stored).chunks];
}

function endOf({ status, error }: Run): Chunk {
  if (error) return { type: 'error', errorText: error.message };
  return { type: status === 'cancelled' ? 'abort' : 'finish' };
}

/** A page would show a message of its own for it. */
function withoutMetadata({ messageMetadata: _metadata, ...chunk }: Chunk): Chunk {
  return { ...chunk, type: chunk.type };
}

/** What a reload shows in the answer's place. */
async function findStored(
  project: ProjectApi,
  { run, sent, before, replacesId }: Ended,
): Promise<Item | undefined> {
  const isSilent = !sent.hasShown && before === undefined;
  const id = run.outputItemId ?? (isSilent ? replacesId : undefined);
  const item = id === undefined ? undefined : await findNewest(project, run.threadId, id);
  const isGone = item?.redactedAt !== undefined || item?.visibility === 'archived';
  return isGone ? undefined : item;
}

function missing(known: JsonObject, wanted: JsonObject): Chunk[] {
  const added = Object.entries(wanted).filter(([name, value]) => {
    const has: JsonValue | undefined = known[name];
    return has === undefined || !jsonEqual(has, value);
  });
  if (added.length === 0) return [];
  return [{ type: 'message-metadata', messageMetadata: Object.fromEntries(added) }];
}

interface Shown {
  readonly parts: readonly Part[];
  /** Ends the texts that are still open. */
  readonly ends: readonly Chunk[];
}

/** What a client of the AI SDK shows of the answer, after the ends of its texts. */
async function shownBy(chunks: AsyncIterable<Chunk>): Promise<Shown> {
  const got: Chunk[] = [];
  const open = new Map<string, Chunk>();
  const sent = new SentAnswer({});
  for await (const chunk of chunks) {
    for (const one of sent.take(chunk)) {
      append(got, one);
      const [, kind, event] = /^(text|reasoning)-(start|end)$/.exec(one.type) ?? [];
      const key = `${kind} ${JSON.stringify(one.id)}`;
      if (event === 'start') open.set(key, { type: `${kind}-end`, id: one.id ?? '' });
      if (event === 'end') open.delete(key);
      if (one.type === 'reset-step') open.clear();
    }
  }
  const ends = [...open.values()];
  // Metadata has the client show all that came before it.
  const shown = await fold([...got, ...ends, { type: 'message-metadata', messageMetadata: {} }]);
  return { parts: shown, ends };
}

/** Long texts come in many pieces, of which a client keeps only the whole. */
function append(chunks: Chunk[], chunk: Chunk): void {
  const before = chunks.at(-1);
  const field = fieldsThatGrow[chunk.type] ?? '';
  const [said, more] = [before?.[field], chunk[field]];
  const isSame = before?.type === chunk.type && before.id === chunk.id;
  const isMore = isSame && before.toolCallId === chunk.toolCallId;
  if (!isMore || typeof said !== 'string' || typeof more !== 'string') chunks.push(chunk);
  else chunks[chunks.length - 1] = { ...before, ...chunk, [field]: said + more };
}

const fieldsThatGrow: Readonly<Record<string, string>> = {
  'text-delta': 'delta',
  'reasoning-delta': 'delta',
  'tool-input-delta': 'inputTextDelta',
};

async function fold(chunks: readonly Chunk[]): Promise<readonly Part[]> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      // They have the same grammar.
      for (const chunk of chunks) controller.enqueue(chunk as UIMessageChunk);
      controller.close();
    },
  });
  let message: UIMessage | undefined;
  for await (const state of readUIMessageStream({ stream })) message = state;
  // As JSON, without fields that have no value.
  return JSON.parse(JSON.stringify(message?.parts ?? [])) as readonly Part[];
}
