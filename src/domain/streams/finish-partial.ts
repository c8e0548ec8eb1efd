import { type JsonValue, type TaggedJson, isObject } from '../../shared/json.ts';
import { isToolPart } from '../../shared/parts.ts';
import type { Part } from '../../api/item.ts';

/**
 * Whether an answer whose stream has ended waits for people or the client: for an approval, or for
 * the output of a client-side tool (its input is there, and neither server nor provider gave an
 * output).
 */
export function isWaiting(parts: readonly Part[]): boolean {
  const lastStep = parts.findLastIndex((part) => part.type === 'step-start');
  return parts.some((part, i) => waitsForApproval(part) || (i > lastStep && waitsForOutput(part)));
}

function waitsForApproval(part: Part): boolean {
  if (!isToolPart(part) || part.state !== 'approval-requested') return false;
  return !(isObject(part.approval) && part.approval.isAutomatic === true);
}

function waitsForOutput(part: Part): boolean {
  return isToolPart(part) && part.state === 'input-available' && part.providerExecuted !== true;
}

/**
 * The parts of an interrupted answer in their stored form: what people have seen, in a form that
 * the next turn can use. Unfinished texts end where they are. A tool call with incomplete input is
 * dropped, since a model cannot use it. A call with input but no output ends with an error, so that
 * no page shows it as running forever. A requested approval stays open. Empty texts and empty steps
 * are dropped.
 */
export function finishPartial(parts: readonly Part[]): Part[] {
  const finished = parts.flatMap((part) => {
    if (isToolPart(part)) return finishTool(part);
    return part.type === 'text' || part.type === 'reasoning' ? finishText(part) : [part];
  });
  while (finished.at(-1)?.type === 'step-start') finished.pop();
  return finished;
}

function finishText(part: Part): Part[] {
  if (part.state !== 'streaming') return [part];
  // A reasoning without text may carry data that its provider wants back.
  if (part.text === '' && part.providerMetadata === undefined) return [];
  return [{ ...part, state: 'done' }];
}

function finishTool(part: Part): Part[] {
  if (part.state === 'input-streaming') return [];
  if (!isCutOff(part)) return [part];
  const { output: _output, preliminary: _preliminary, ...call } = part;
  return [{ ...call, type: part.type, state: 'output-error', errorText: cutOffText }];
}

const cutOffText = 'The run ended before this tool returned its output.';

/** A preliminary output does not count: the tool was still working. */
function isCutOff(part: Part): boolean {
  if (part.state === 'input-available') return true;
  if (part.state === 'output-available') return part.preliminary === true;
  return part.state === 'approval-responded' && wasApproved(part.approval);
}

function wasApproved(approval: JsonValue | undefined): boolean {
  return isObject(approval) && approval.approved === true;
}

/**
 * The parts of an answer that no longer waits: an approval without a decision is a refusal, and an
 * output that the client never sent is an error. No page asks for them any more, and models learn
 * that nothing was done.
 */
export function closeWaiting(parts: readonly Part[]): readonly Part[] {
  return parts.some(isOpen) ? parts.map(closePart) : parts;
}

function isOpen(part: Part): boolean {
  if (!isToolPart(part)) return false;
  return part.state === 'approval-requested' || isRefused(part) || waitsForOutput(part);
}

/** A refusal that the answer did not come to: clients take it for one that was never sent. */
function isRefused({ state, approval }: Part): boolean {
  return state === 'approval-responded' && isObject(approval) && approval.approved === false;
}

function closePart(part: Part): Part {
  if (!isOpen(part)) return part;
  if (part.state === 'input-available') {
    return { ...part, state: 'output-error', errorText: unsentText };
  }
  if (isRefused(part)) return { ...part, state: 'output-denied' };
  const asked = isObject(part.approval) ? part.approval : {};
  const approval = { ...asked, approved: false, reason: unansweredText };
  return { ...part, state: 'output-denied', approval };
}

const unansweredText = 'The conversation went on without an answer to this.';
const unsentText = 'The conversation went on without the output of this tool.';

/** The chunks that close the parts likewise for those who read the stream. */
export function closingChunks(parts: readonly Part[]): TaggedJson[] {
  return parts.filter(isOpen).flatMap((part): TaggedJson[] => {
    const { toolCallId = '', state, approval } = part;
    if (state === 'input-available') {
      return [{ type: 'tool-output-error', toolCallId, errorText: unsentText }];
    }
    const denied = { type: 'tool-output-denied', toolCallId };
    if (isRefused(part)) return [denied];
    const approvalId = isObject(approval) ? approval.id : undefined;
    const reason = unansweredText;
    return [
      ...(approvalId === undefined
        ? []
        : [{ type: 'tool-approval-response', approvalId, approved: false, reason }]),
      denied,
    ];
  });
}
