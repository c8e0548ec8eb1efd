import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { sleep } from '../../shared/backoff.ts';
import { textOf } from '../../shared/parts.ts';
import { reply } from './demo-reply.ts';

export interface DemoOptions {
  /** The pause between two words, in milliseconds. Default 25. */
  readonly pauseMs?: number;
}

/**
 * Two models without provider or network, for trying everything before a model is configured:
 * `demo/echo` repeats what it reads, and `demo/eliza` asks questions, after Weizenbaum's program of
 * 1966. The same conversation gets the same answer. The first answer in a thread says that they are
 * demos.
 */
export function createDemoResponders({ pauseMs = 25 }: DemoOptions = {}): Responder[] {
  return [
    createDemo('demo/echo', pauseMs, (text) => (text === '' ? nothingSaid : `You said: ${text}`)),
    createDemo('demo/eliza', pauseMs, (text, turn) =>
      text === '' ? nothingSaid : reply(text, turn),
    ),
  ];
}

const nothingSaid = 'Your message has no text that I could answer.';

type Answer = (text: string, turn: number) => string;

function createDemo(name: string, pauseMs: number, answer: Answer): Responder {
  return {
    name,
    kind: 'model',
    isDemo: true,
    respond: (context) => speak(context, pauseMs, answerTo(name, context, answer)),
  };
}

function answerTo(name: string, { items, isBlind }: TurnContext, answer: Answer): string {
  const asked = items.findLast((item) => item.role === 'user');
  const turn = items.filter((item) => item.role === 'assistant').length;
  const text = answer(asked === undefined ? '' : textOf(asked.parts).trim(), turn);
  if (turn > 0) return text;
  const introduced = isBlind === true ? 'a demo model' : `${name}, a demo model`;
  return `${introduction(introduced)}\n\n${text}`;
}

function introduction(what: string): string {
  return (
    `This is ${what} that answers without a provider. To use a real one, set ` +
    'SKEIN_MODEL_BASE_URL and SKEIN_MODELS, or write a skein.config.json (docs/configure-models.md).'
  );
}

async function* speak(context: TurnContext, pauseMs: number, text: string): AsyncGenerator<Chunk> {
  const { messageId, signal } = context;
  const id = 'text-1';
  yield { type: 'start', messageId };
  yield { type: 'start-step' };
  yield { type: 'text-start', id };
  // Word by word, with the spaces that follow each.
  for (const word of text.match(/\S+\s*/g) ?? []) {
    // It was stopped.
    if (pauseMs > 0) await sleep(pauseMs, signal);
    if (signal.aborted) {
      yield { type: 'abort' };
      return;
    }
    yield { type: 'text-delta', id, delta: word };
  }
  yield { type: 'text-end', id };
  yield { type: 'finish-step' };
  yield { type: 'finish', finishReason: 'stop' };
}
