/**
 * Keeps a blind comparison blind: the answers are stored without anything that identifies a model,
 * so that readers, whatever way they use, must only be kept from the names in runs and comparisons.
 */
import type { JsonObject } from '../../shared/json.ts';
import { textOf } from '../../shared/parts.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { neutralError, neutralMessage, RunFailure, toRunError } from '../../shared/run-failure.ts';
import { lowerCase, NameScrubber, shortName } from './scrub-names.ts';

/** Fields in which providers put their own names and their models' and requests' ids. */
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
 * Chunks that are dropped: the first two contain only the provider's own data, and `custom` content
 * is known only to its provider. A name may be split over pieces of a tool's input, which follows
 * as a whole.
 */
const leftOut: ReadonlySet<string> = new Set([
  'raw',
  'response-metadata',
  'custom',
  'tool-input-delta',
]);

/** A chunk without what identifies its model; `undefined` if nothing else is left. */
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

/** Keeps only the token counts of a message's metadata. */
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

/**
 * One side of a comparison. It does not see the other side's answer, which may be stored first.
 * `hidden` are the names that a blind answer must not contain, except those in the prompt, which
 * are no secret. A blind side does not complete prompts, since its title for the thread might name
 * it.
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
      // A stream also reports failures as chunks.
      if (chunk.type === 'error') throw failureOf(chunk);
      yield* scrubber.take(chunk);
    }
  } catch (failure) {
    throw new RunFailure(neutralError(toRunError(failure)), { cause: failure });
  }
}

/** Its message goes only to the log. */
function failureOf(chunk: Chunk): RunFailure {
  const cause = new Error(JSON.stringify(chunk));
  return new RunFailure({ code: 'provider_error', message: '', retryable: true }, { cause });
}
