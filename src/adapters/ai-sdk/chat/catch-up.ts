import type { Part } from '../../../api/item.ts';
import type { Chunk } from '../../../api/responder.ts';
import { isObject } from '../../../shared/json.ts';
import { isToolPart } from '../../../shared/parts.ts';
import { unfoldParts } from '../../../shared/unfold-parts.ts';

/**
 * The chunks that bring a client from the parts of an answer that it has sent to those that the
 * answer has now: what tools have returned since, and what was said after.
 */
export function catchUp(seen: readonly Part[], now: readonly Part[]): Chunk[] {
  const changed = now.slice(0, seen.length).flatMap((part, i) => outcomeAfter(seen[i]!, part));
  return [...changed, ...unfoldParts(now.slice(seen.length))];
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
