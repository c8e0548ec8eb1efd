import type { Part } from '../../../api/item.ts';
import type { Chunk } from '../../../api/responder.ts';
import { isObject, jsonEqual } from '../../../shared/json.ts';
import { isToolPart } from '../../../shared/parts.ts';
import { unfoldParts } from '../../../shared/unfold-parts.ts';

export interface CatchUp {
  readonly chunks: readonly Chunk[];
  /**
   * The client has begun a step that the answer does not have, and cannot take it back: it is the
   * next one.
   */
  readonly hasBegunStep: boolean;
}

/**
 * The chunks that bring a client from the parts of an answer that it has to those that the answer
 * has now: what tools have returned since, and what was said after. What the client has too much
 * goes, if it is in its last step, such as the half text before an error. The protocol knows no way
 * to take back more than that.
 */
export function catchUp(seen: readonly Part[], now: readonly Part[]): CatchUp {
  const isBoth = (part: Part, i: number): boolean => jsonEqual(part, now[i]!);
  const same = lengthWhile(seen, (part, i) => {
    return i < now.length && (isBoth(part, i) || outcomeAfter(part, now[i]!).length > 0);
  });
  const step = seen.findLastIndex(({ type }) => type === 'step-start');
  const isAhead = same === seen.length;
  // Everything before the last step must be the answer's, too.
  const canDrop = !isAhead && (same > step || (same === step && now.length === step));
  const isEmptyStep = !isAhead && same === step && same === seen.length - 1;
  const kept = canDrop ? Math.min(step + 1, now.length) : isEmptyStep ? same : seen.length;
  const changed = now.slice(0, kept).flatMap((part, i) => outcomeAfter(seen[i]!, part));
  const reset: Chunk[] = canDrop ? [{ type: 'reset-step' }] : [];
  return {
    chunks: [...changed, ...reset, ...unfoldParts(now.slice(kept))],
    hasBegunStep: canDrop && same === step,
  };
}

function lengthWhile<T>(values: readonly T[], holds: (value: T, i: number) => boolean): number {
  const end = values.findIndex((value, i) => !holds(value, i));
  return end < 0 ? values.length : end;
}

/** What happened to a call that the client knows. */
function outcomeAfter(before: Part, part: Part): Chunk[] {
  const isSame = isToolPart(before) && isToolPart(part) && before.toolCallId === part.toolCallId;
  if (!isSame || before.state === part.state) return [];
  const isDecided = isObject(before.approval) && before.approval.approved !== undefined;
  return unfoldParts([part]).filter(({ type }) => {
    return type.startsWith('tool-output-') || (type === 'tool-approval-response' && !isDecided);
  });
}
