import { SkeinError } from '../../../shared/error.ts';

/** Whoever moves in is told what is missing by the names that they install or look for. */
export async function loadPackage<T>(names: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new SkeinError(
      'unavailable',
      `What reads these checkpoints could not be loaded: npm install ${names.join(' ')}`,
      { cause: error },
    );
  }
}

export function sourceError(message: string, cause?: unknown): SkeinError {
  return new SkeinError('unavailable', message, { cause });
}

/** Throws when `found`, the names of the tables that are there, lacks one that a saver has made. */
export function mustHaveTables(
  name: string,
  wanted: readonly string[],
  found: ReadonlySet<string>,
): void {
  const missing = wanted.filter((table) => !found.has(table));
  if (missing.length === 0) return;
  const what =
    missing.length === 1
      ? `the table ${missing[0]} is not there`
      : `the tables ${missing.join(', ')} are not there`;
  throw sourceError(`${name} holds no checkpoints of LangGraph: ${what}.`);
}

/** The code of an error of a driver or of the system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
