import type { TaggedJson } from './json.ts';
import { errorPartType, isToolPart } from './parts.ts';

/**
 * What another attempt at a failed or stopped answer begins with: the steps before the last one,
 * and of that everything up to the last result of a tool, so that no work is done twice. A page
 * that has the failed answer can get there, since it can drop what the last step has said.
 */
export function keptResults(parts: readonly TaggedJson[]): readonly TaggedJson[] {
  const begin = Math.max(
    parts.findLastIndex(({ type }) => type === 'step-start'),
    0,
  );
  const last = parts.slice(begin).findLastIndex(hasOutcome);
  return parts.slice(0, begin + last + 1).filter((part) => {
    return part.type !== errorPartType && (!isToolPart(part) || hasOutcome(part));
  });
}

/** Whether a tool has worked for this answer. */
export function hasResults(parts: readonly TaggedJson[]): boolean {
  return parts.some(hasOutcome);
}

function hasOutcome(part: TaggedJson): boolean {
  if (!isToolPart(part)) return false;
  if (part.state === 'output-available') return part.preliminary !== true;
  return part.state === 'output-error' || part.state === 'output-denied';
}
