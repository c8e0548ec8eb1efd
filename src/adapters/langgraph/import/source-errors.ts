import { SkeinError } from '../../../shared/error.ts';

/** Loads a package. The error names the packages to install. */
export async function loadPackage<T>(names: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new SkeinError(
      'unavailable',
      `The packages that read these checkpoints could not be loaded: npm install ${names.join(' ')}`,
      { cause: error },
    );
  }
}

export function sourceError(message: string, cause?: unknown): SkeinError {
  return new SkeinError('unavailable', message, { cause });
}

/**
 * Throws if `found`, the names of the existing tables, lacks one that the saver would have made.
 */
export function mustHaveTables(
  name: string,
  wanted: readonly string[],
  found: ReadonlySet<string>,
): void {
  const missing = wanted.filter((table) => !found.has(table));
  if (missing.length === 0) return;
  const what =
    missing.length === 1
      ? `the table ${missing[0]} is missing`
      : `the tables ${missing.join(', ')} are missing`;
  throw sourceError(`${name} holds no checkpoints of LangGraph: ${what}.`);
}

/** The code of an error of a driver or of the system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
