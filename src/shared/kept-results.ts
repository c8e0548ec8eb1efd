import type { TaggedJson } from './json.ts';
import { errorPartType, isToolPart } from './parts.ts';

/**
 * What another attempt at a failed or stopped answer begins with: everything up to the last result
 * of a tool, so that no work is done twice. Empty if no tool has worked.
 */
export function keptResults(parts: readonly TaggedJson[]): readonly TaggedJson[] {
  const last = parts.findLastIndex(hasOutcome);
  return parts.slice(0, last + 1).filter((part) => {
    return part.type !== errorPartType && (!isToolPart(part) || hasOutcome(part));
  });
}

function hasOutcome(part: TaggedJson): boolean {
  if (!isToolPart(part)) return false;
  if (part.state === 'output-available') return part.preliminary !== true;
  return part.state === 'output-error' || part.state === 'output-denied';
}
