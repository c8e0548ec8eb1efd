import { readFileSync } from 'node:fs';

/** The version of the package, from its package.json, which lies two folders up in the source and when built. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own file
  return version;
}
