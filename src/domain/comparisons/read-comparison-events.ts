import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import type { Reading } from '../base/core.ts';
import { getStream } from '../runs/list-runs.ts';
import { readStream } from '../runs/follow-stream.ts';
import type { StreamEvent } from '../../api/stream.ts';
import type { ComparisonEvent, ComparisonReadOptions } from '../../api/comparison.ts';
import { getComparison } from './read-comparisons.ts';

/**
 * Both answers of a comparison as they are made. See `ComparisonsApi.read`.
 *
 * The id of an event is `<left>-<right>`: the number of chunks read from each side.
 */
export async function* readComparisonEvents(
  reading: Reading,
  threadId: ThreadIdText,
  comparisonId: string,
  options: ComparisonReadOptions = {},
): AsyncGenerator<ComparisonEvent, void, undefined> {
  const { core } = reading;
  mustKnowOptions(options, { after: true, signal: true });
  const position = parsePosition(options.after);
  const comparison = await getComparison(reading, threadId, comparisonId);
  // Reject what cannot be read before the first event.
  for (const side of ['left', 'right'] as const) {
    const stream = await getStream(reading, threadId, comparison[side].streamId);
    if (stream.status === 'expired') throw expired();
    if (position[side] > Number(stream.lastEventId ?? 0)) throw invalid('after', 'is past the end');
  }
  yield { type: 'comparison', id: idOf(position), comparison };
  // When the reader leaves, for whatever reason, both sides stop being read.
  const leaving = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, leaving.signal])
    : leaving.signal;
  const read = (side: Side): AsyncGenerator<StreamEvent, void, undefined> => {
    const { streamId } = comparison[side];
    return readStream(reading, threadId, streamId, { after: position[side], signal });
  };
  try {
    for await (const { side, event } of merge({ left: read('left'), right: read('right') })) {
      position[side] = event.seq;
      yield { type: side, id: idOf(position), chunk: event.chunk };
    }
  } finally {
    leaving.abort();
  }
  if (options.signal?.aborted || !core.isOpen()) return;
  const ended = await getComparison(reading, threadId, comparisonId);
  // A reader that ended because the store closes has not seen the end.
  if (ended.status !== 'running') yield { type: 'done', id: idOf(position), comparison: ended };
}

function expired(): SkeinError {
  return new SkeinError(
    'not_found',
    'The stream has expired. Read both answers as items of the thread.',
  );
}

type Side = 'left' | 'right';

interface Position {
  left: number;
  right: number;
}

function idOf({ left, right }: Position): string {
  return `${left}-${right}`;
}

function parsePosition(after: unknown): Position {
  if (after === undefined) return { left: 0, right: 0 };
  const match = typeof after === 'string' ? /^([0-9]{1,15})-([0-9]{1,15})$/.exec(after) : null;
  if (match === null) throw invalid('after', 'must be the id of an event of this comparison');
  return { left: Number(match[1]), right: Number(match[2]) };
}

interface Sided {
  readonly side: Side;
  readonly event: StreamEvent;
}

/** Yields the groups of both sides as they arrive, until both have ended. */
async function* merge(
  sources: Readonly<Record<Side, AsyncGenerator<StreamEvent, void, undefined>>>,
): AsyncGenerator<Sided, void, undefined> {
  const next = async (side: Side): Promise<{ side: Side; event: StreamEvent | undefined }> => {
    const { value } = await sources[side].next();
    return { side, event: value ?? undefined };
  };
  const waiting = new Map((['left', 'right'] as const).map((side) => [side, next(side)]));
  try {
    while (waiting.size > 0) {
      const { side, event } = await Promise.race(waiting.values());
      if (event === undefined) waiting.delete(side);
      else {
        waiting.set(side, next(side));
        yield { side, event };
      }
    }
  } finally {
    // Not awaited: a side that waits for its next chunk ends when its signal aborts.
    for (const promise of waiting.values()) promise.catch(ignore);
  }
}

function ignore(): void {
  // The reader has left, so the end of the other side does not matter.
}
