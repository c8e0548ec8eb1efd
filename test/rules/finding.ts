/** A broken rule: where, and what to do about it. */
export interface Finding {
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  readonly message: string;
}

/**
 * One finding a line, in the form that editors and terminals turn into a link. Empty if there is
 * none.
 */
export function report(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}
