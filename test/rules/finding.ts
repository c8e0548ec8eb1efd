/** Something that breaks a rule: where it is, and what to do about it. */
export interface Finding {
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  readonly message: string;
}

/** One line a finding, in the form that editors and terminals turn into a link. Empty when there is none. */
export function report(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}
