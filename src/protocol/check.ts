import { z } from 'zod';
import { SkeinError, type Issue } from '../shared/error.ts';

/** More would not help a caller, and a hostile body could cause millions. */
const issuesMax = 20;

/**
 * The value as its schema returns it. Throws `invalid_request` with one issue per fault, at most
 * 20. A path is dotted, and begins with `at` if that is given.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, at = ''): T {
  const result = compiled(schema).safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error.issues, value, at);
}

/**
 * A compiled schema checks about ten times faster. Compiling takes a moment, so each schema is
 * compiled on first use.
 */
const compiledSchemas = new WeakMap<z.ZodType, z.ZodType>();

function compiled<T>(schema: z.ZodType<T>): z.ZodType<T> {
  let made = compiledSchemas.get(schema);
  if (made === undefined) compiledSchemas.set(schema, (made = z.compile(schema)));
  return made as z.ZodType<T>; // compiled from this schema
}

function invalidRequest(
  found: readonly z.core.$ZodIssue[],
  value: unknown,
  at: string,
): SkeinError {
  const issues: Issue[] = [];
  for (const issue of found) {
    if (issues.length >= issuesMax) break;
    addIssues(issues, issue, value, at);
  }
  const { path, message } = issues[0]!; // zod never fails without an issue
  const text = path === '' ? `The body ${message}.` : `${path}: ${message}`;
  return new SkeinError('invalid_request', text, { issues });
}

function addIssues(issues: Issue[], issue: z.core.$ZodIssue, value: unknown, at: string): void {
  const path = at === '' ? issue.path : [at, ...issue.path];
  if (issue.code !== 'unrecognized_keys') {
    issues.push({ path: path.join('.'), message: messageOf(issue, value) });
    return;
  }
  for (const key of issue.keys.slice(0, issuesMax - issues.length)) {
    issues.push({ path: [...path, key].join('.'), message: 'is not a known field' });
  }
}

function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (isMissing(issue.path, value)) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nameOfType(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${Number(issue.minimum)}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${Number(issue.maximum)}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

function nameOfType(expected: string): string {
  if (expected === 'int') return 'a whole number';
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries long' : '';
}

function isMissing(path: readonly PropertyKey[], value: unknown): boolean {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return true;
    inner = (inner as Record<PropertyKey, unknown>)[key]; // an own key, as just seen
  }
  return false;
}
