import { invalid } from '../shared/error.ts';

/** The path of a thread. */
export function pathOf(threadId: string): string {
  return `/v1/threads/${segment(threadId, 'threadId')}`;
}

/** A segment of a path. `.` and `..` mean something else there, so nothing with such an id can be there. */
export function segment(id: string, name: string): string {
  if (typeof id !== 'string') throw new TypeError(`${name} must be a string`);
  if (id === '' || id === '.' || id === '..') throw invalid(name, 'must not be empty, "." or ".."');
  return encodeURIComponent(id.toWellFormed());
}
