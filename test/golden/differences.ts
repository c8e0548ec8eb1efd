/**
 * The differences between two JSON documents, one per line:
 * `/paths/~1v1~1threads/post: was {…}, is now absent`. Positions are JSON pointers (RFC 6901), so
 * that a list of exceptions can name them.
 */
export interface Difference {
  readonly at: string;
  readonly was: unknown;
  readonly is: unknown;
}

export function differencesBetween(was: unknown, is: unknown, at: string = ''): Difference[] {
  if (Object.is(was, is)) return [];
  if (!isObject(was) || !isObject(is) || Array.isArray(was) !== Array.isArray(is)) {
    return [{ at, was, is }];
  }
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((name) =>
    differencesBetween(
      was[name],
      is[name],
      `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    ),
  );
}

/** What a failing test shows: one line per difference, the first hundred of them. */
export function linesOf(differences: readonly Difference[]): string {
  const lines = differences
    .slice(0, linesMax)
    .map(({ at, was, is }) => `${at === '' ? '/' : at}: was ${shown(was)}, is now ${shown(is)}`);
  const more = differences.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

const linesMax = 100;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
