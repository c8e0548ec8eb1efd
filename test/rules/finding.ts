/** A broken rule: where, and what to do about it. */
export interface Finding {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/**
 * One finding per line, in the form that editors and terminals turn into links; empty if there are
 * none.
 */
export function report(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}
