/**
 * What keeps a blind comparison blind: the answers are stored without what tells models apart, so that no
 * reader, whatever way it comes, has to be kept from anything but the names in runs and comparisons.
 */
import type { JsonObject } from '../../shared/json.ts';
import { textOf } from '../../shared/parts.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { type RunError, RunFailure, toRunError } from '../../shared/run-failure.ts';
import { lowerCase, NameScrubber, shortName } from './scrub-names.ts';

/** Providers put their own names, their models' and their requests' ids into these. */
const revealing: ReadonlySet<string> = new Set([
  'providerMetadata',
  'callProviderMetadata',
  'resultProviderMetadata',
  'providerOptions',
  'provider',
  'model',
  'modelId',
  'request',
  'response',
  'rawValue',
  'rawFinishReason',
  'warnings',
]);

/**
 * Chunks that are left out: the first two say nothing that is not the provider's own, and `custom` ones are content
 * that only their provider knows. A name may be cut over several pieces of a tool's input, which follows as a whole.
 */
const leftOut: ReadonlySet<string> = new Set([
  'raw',
  'response-metadata',
  'custom',
  'tool-input-delta',
]);

/** A chunk without what reveals its model; `undefined` for one that is nothing else. */
export function blindChunk(chunk: Chunk): Chunk | undefined {
  if (leftOut.has(chunk.type)) return undefined;
  if (chunk.type === 'error') return { type: 'error', errorText: neutralMessage('provider_error') };
  const kept = Object.entries(chunk)
    .filter(([field]) => !revealing.has(field))
    .map(([field, value]) =>
      field === 'messageMetadata' ? [field, usageOf(value)] : [field, value],
    );
  return Object.fromEntries(kept) as Chunk; // its type was kept
}

/** Of a message's metadata, all that is kept are the counts of tokens. */
function usageOf(metadata: unknown): JsonObject {
  if (!isObject(metadata)) return {};
  const { usage, totalUsage } = metadata;
  return {
    ...(isObject(usage) && { usage: countsOf(usage) }),
    ...(isObject(totalUsage) && { totalUsage: countsOf(totalUsage) }),
  };
}

function countsOf(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => typeof count === 'number'));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A failure as it may be told to people who must not know whose it was. */
export function blindError({ code, retryable }: RunError): RunError {
  return { code, message: neutralMessage(code), retryable };
}

function neutralMessage(code: string): string {
  return messages.get(code) ?? 'The answer failed.';
}

const messages: ReadonlyMap<string, string> = new Map([
  ['provider_error', 'The model failed to answer.'],
  ['rate_limited', 'The model has too much to do; try again later.'],
  ['timeout', 'The model did not answer in time.'],
  ['lease_expired', 'The server that worked on this answer has gone away.'],
  ['invalid_request', 'The model refused the request.'],
]);

/**
 * A side of a comparison: it does not see the other side's answer, which may be there first. `hidden` are the
 * names that a blind one must not tell; those that the prompt has told already are no secret. A blind one does not
 * complete prompts, since the title that it would give the thread may name it.
 */
export function sideOf(responder: Responder, hidden: readonly string[] | undefined): Responder {
  const { name, kind, isDemo } = responder;
  const mayComplete = responder.complete !== undefined && hidden === undefined;
  return {
    name,
    kind,
    isDemo,
    ...(mayComplete && {
      complete: (prompt: string, signal: AbortSignal) => responder.complete!(prompt, signal),
    }),
    respond: (context) => {
      const own = withoutOtherSide(context);
      if (hidden === undefined) return responder.respond(own);
      const prompt = lowerCase(textOf(own.items.at(-1)?.parts ?? []));
      const names = hidden.filter((secret) => !prompt.includes(lowerCase(shortName(secret))));
      return blindly(responder.respond({ ...own, isBlind: true }), new NameScrubber(names));
    },
  };
}

function withoutOtherSide(context: TurnContext): TurnContext {
  const input = context.items.at(-1);
  const items = context.items.filter(
    ({ role, parentId }) =>
      role !== 'assistant' || parentId === undefined || parentId !== input?.id,
  );
  return { ...context, items };
}

async function* blindly(
  answer: AsyncIterable<Chunk>,
  scrubber: NameScrubber,
): AsyncGenerator<Chunk, void, undefined> {
  try {
    for await (const chunk of answer) {
      // A stream tells failures as chunks, too.
      if (chunk.type === 'error') throw failureOf(chunk);
      yield* scrubber.take(chunk);
    }
  } catch (failure) {
    throw new RunFailure(blindError(toRunError(failure)), { cause: failure });
  }
}

/** What it says is for the log alone. */
function failureOf(chunk: Chunk): RunFailure {
  const cause = new Error(JSON.stringify(chunk));
  return new RunFailure({ code: 'provider_error', message: '', retryable: true }, { cause });
}
