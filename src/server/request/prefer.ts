import type { HeaderSource } from './request-source.ts';

/** RFC 7240: preferences are separated by commas, and none makes a request invalid. */
export function prefersAsync(headers: HeaderSource): boolean {
  const preferences = (headers.get('prefer') ?? '').split(',');
  return preferences.some((text) => text.trim().toLowerCase() === 'respond-async');
}

/** Tells the client that the preference was followed. */
export const asyncApplied = { 'preference-applied': 'respond-async' } as const;
