import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { simulateReadableStream, type LanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import type { Chunk, Responder } from 'skein';
import { sampleTexts } from '../sample-text.ts';

export interface Script {
  /** The number of pieces of text in the answer. */
  readonly pieces: number;
  /** Before the first piece, in ms. */
  readonly firstPauseMs?: number;
  /** Between two pieces, in ms. 0 means none: the next piece is ready at once. */
  readonly pauseMs?: number;
  /** Without a pause, but every chunk comes in its own turn of the event loop, as from a socket. */
  readonly isByTurns?: boolean;
}

/** Words with the space before them: on average as long as the tokens of a model. */
const words = sampleTexts(64, 256).flatMap((text) => text.match(/ ?\S+/g) ?? []);

function piecesOf({ pieces }: Script): string[] {
  return Array.from({ length: pieces }, (_, i) => words[i % words.length]!);
}

/** A model of the AI SDK that answers with the script. */
export function createScriptedModel(script: Script): LanguageModel {
  const { firstPauseMs = 0, pauseMs = 0 } = script;
  const deltas = piecesOf(script).map((delta) => ({ type: 'text-delta' as const, id: '0', delta }));
  return new MockLanguageModelV4({
    doStream: () =>
      Promise.resolve({
        stream: simulateReadableStream({
          initialDelayInMs: firstPauseMs > 0 ? firstPauseMs : null,
          chunkDelayInMs: pauseMs > 0 ? pauseMs : null,
          chunks: [
            { type: 'stream-start', warnings: [] },
            { type: 'text-start', id: '0' },
            ...deltas,
            { type: 'text-end', id: '0' },
            { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
          ],
        }),
      }),
  });
}

const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 20, text: 20, reasoning: undefined },
};

/** The chunks of such an answer without a model: what remains is the cost of passing them on. */
export async function* scriptedChunks(script: Script): AsyncGenerator<Chunk> {
  const { firstPauseMs = 0, pauseMs = 0, isByTurns = false } = script;
  yield { type: 'start' };
  yield { type: 'start-step' };
  yield { type: 'text-start', id: '0' };
  if (firstPauseMs > 0) await sleep(firstPauseMs);
  for (const delta of piecesOf(script)) {
    yield { type: 'text-delta', id: '0', delta };
    if (pauseMs > 0) await sleep(pauseMs);
    else if (isByTurns) await nextTurn();
  }
  yield { type: 'text-end', id: '0' };
  yield { type: 'finish-step' };
  yield { type: 'finish', finishReason: 'stop' };
}

/** Chunks that are not pieces of text. */
export const framingChunks = 6;

export function scriptedResponder(script: Script): Responder {
  return {
    name: nameOf(script),
    kind: 'model',
    isDemo: false,
    respond: () => scriptedChunks(script),
  };
}

/** A script encoded in the name of a model, to pass it to a server in another process. */
export function nameOf({ pieces, firstPauseMs = 0, pauseMs = 0, isByTurns }: Script): string {
  return `script/${pieces}-${firstPauseMs}-${pauseMs}${isByTurns ? '-turns' : ''}`;
}

/** The script that a name encodes, with or without a prefix up to the last slash. */
export function scriptOf(name: string): Script | undefined {
  const found = /(?:^|\/)([0-9]+)-([0-9]+)-([0-9]+)(-turns)?$/.exec(name);
  if (found === null) return undefined;
  const [pieces, firstPauseMs, pauseMs] = found.slice(1, 4).map(Number);
  const isByTurns = found[4] !== undefined;
  // The groups match three numbers.
  return { pieces: pieces!, firstPauseMs: firstPauseMs!, pauseMs: pauseMs!, isByTurns };
}
