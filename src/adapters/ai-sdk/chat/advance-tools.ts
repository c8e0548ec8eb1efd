import { invalid } from '../../../shared/error.ts';
import { jsonEqual, type JsonObject, type JsonValue, isObject } from '../../../shared/json.ts';
import { isToolPart } from '../../../shared/parts.ts';
import type { Part } from '../../../api/item.ts';

/**
 * How the parts that a client sends back relate to the stored ones. `advanced`: they hold
 * everything that the answer waits for (approvals, and outputs of tools that run at the client),
 * and nothing else has changed. `earlier`: the answer has already continued from these parts, so
 * this is a repetition. Everything else is `invalid_request`: a client must not change what the
 * model and the server's tools have made.
 */
export function compareParts(
  stored: readonly Part[],
  sent: readonly Part[],
  path: string,
): 'advanced' | 'earlier' {
  if (isEarlier(stored, sent)) return 'earlier';
  if (stored.length !== sent.length) throw invalid(path, 'must be the parts of the stored message');
  sent.forEach((part, i) => {
    const before = stored[i]!; // of the same length
    if (jsonEqual(before, part) ? isPending(part) : !isAdvanced(before, part)) {
      throw invalid(`${path}.${i}`, explain(before, part));
    }
  });
  return 'advanced';
}

function explain(before: Part, part: Part): string {
  return jsonEqual(before, part)
    ? 'must be answered, too, before the message can continue'
    : 'may only add the approval or the output that the stored message waits for';
}

/** Whether a call of an answer still waits for people or the client. */
export function isPending(part: Part): boolean {
  if (!isToolPart(part)) return false;
  if (part.state === 'approval-requested') return !isAutomatic(part.approval);
  return part.state === 'input-available' && part.providerExecuted !== true;
}

function isAdvanced(before: Part, part: Part): boolean {
  if (!isToolPart(before) || !isToolPart(part)) return false;
  if (before.state === 'approval-requested' && part.state === 'approval-responded') {
    return (
      isSameBut(before, part, ['state', 'approval']) && isAnswer(before.approval, part.approval)
    );
  }
  if (before.state !== 'input-available' || before.providerExecuted === true) return false;
  if (!isSameBut(before, part, ['state', 'output', 'errorText', 'approval'])) return false;
  if (part.approval !== undefined && !isSame(before.approval, part.approval)) return false;
  if (part.state === 'output-available') return part.output !== undefined;
  return part.state === 'output-error' && typeof part.errorText === 'string';
}

/** Whether a part is the requested approval with a yes or no, and perhaps a reason. */
function isAnswer(asked: JsonValue | undefined, given: JsonValue | undefined): boolean {
  if (!isObject(asked) || !isObject(given) || typeof given.approved !== 'boolean') return false;
  if (given.reason !== undefined && typeof given.reason !== 'string') return false;
  return isSameBut(asked, given, ['approved', 'reason']);
}

/** Whether a stored call was closed, and the sent one says that it was answered. */
export function isClosedOtherwise(stored: Part, sent: Part): boolean {
  if (!isToolPart(stored) || !isToolPart(sent) || jsonEqual(stored, sent)) return false;
  if (sent.state === 'output-available') return stored.state === 'output-error';
  if (sent.state !== 'approval-responded' || stored.state !== 'output-denied') return false;
  return !isSameDecision(sent.approval, stored.approval);
}

/** Whether the stored parts follow from the sent ones: at least as many, and none set back. */
function isEarlier(stored: readonly Part[], sent: readonly Part[]): boolean {
  if (sent.length > stored.length) return false;
  const pairs = sent.map((part, i) => [stored[i]!, part] as const);
  const isSequel = pairs.every(([now, part]) => jsonEqual(now, part) || hasGoneOn(part, now));
  if (!isSequel) return false;
  // Parts of an answer that still waits repeat nothing, unless the answer went on from one of them.
  return !stored.some(isPending) || pairs.some(([now, part]) => hasGoneOn(part, now));
}

const endStates = ['output-available', 'output-error', 'output-denied'] as const;

function hasGoneOn(part: Part, now: Part): boolean {
  if (!isToolPart(part) || !isToolPart(now) || part.toolCallId !== now.toolCallId) return false;
  if (part.state !== 'approval-responded') return false;
  const isEnded = endStates.some((state) => state === now.state);
  return isEnded && isSame(part.input, now.input) && isSameDecision(part.approval, now.approval);
}

function isSameDecision(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return isObject(a) && isObject(b) && a.id === b.id && a.approved === b.approved;
}

function isAutomatic(approval: JsonValue | undefined): boolean {
  return isObject(approval) && approval.isAutomatic === true;
}

function isSameBut(a: JsonObject, b: JsonObject, fields: readonly string[]): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => fields.includes(name) || isSame(a[name], b[name]));
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : jsonEqual(a, b);
}
