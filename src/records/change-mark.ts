import { newTag } from '../shared/ids.ts';
import type { ChangeRow, ThreadRow } from './tables.ts';

/** Names a change with its tag, for the head and for cursors; empty for one without a tag. */
export function changeMark({ version, tag }: Pick<ChangeRow, 'version' | 'tag'>): string {
  return tag === undefined ? '' : `${version}.${tag}`;
}

export function parseChangeMark(mark: string): { version: number; tag: string } | undefined {
  const [, version, tag] = markPattern.exec(mark) ?? [];
  const at = Number(version);
  return tag !== undefined && Number.isSafeInteger(at) ? { version: at, tag } : undefined;
}

const markPattern = /^(\d{1,16})\.([0-9a-f]{12}(?:q\d{1,15})?)$/;

/**
 * The tag of a change that leaves the head as it is, such as a reaction: it ends with the number
 * of such steps since the head last changed. So the head needs no column to know them.
 */
export function quietTag(head: ThreadRow): string {
  return `${newTag()}q${quietSteps(head) + 1}`;
}

/**
 * The version of the head as callers know it, by which they tell whether it has changed: steps
 * that leave the head as it is do not count.
 */
export function shownVersion(head: ThreadRow): number {
  return head.version - quietSteps(head);
}

/** How many steps at the end of the thread's history have left the head as it is. */
function quietSteps({ version, lastChange }: ThreadRow): number {
  if (lastChange === undefined || !lastChange.includes('q')) return 0;
  const mark = parseChangeMark(lastChange);
  return mark?.version === version ? Number(mark.tag.slice(mark.tag.indexOf('q') + 1)) : 0;
}
