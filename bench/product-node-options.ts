import { readFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);

/**
 * The options that the `skein` command gives Node: those of its first line. A server of the bench runs with
 * the same, so that what is measured is what people start.
 */
export async function productNodeOptions(): Promise<string[]> {
  // Our own file, whose shape a test of the package checks.
  const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
    readonly bin: { readonly skein: string };
  };
  const program = await readFile(new URL(manifest.bin.skein, root), 'utf8');
  return nodeOptionsOf(program);
}

/** `#!/usr/bin/env -S node --a --b` gives `['--a', '--b']`; a first line without options gives none. */
export function nodeOptionsOf(program: string): string[] {
  const found = /^#!.*\bnode +(-.*)$/m.exec(program.split('\n', 1)[0]!);
  return found === null ? [] : found[1]!.trim().split(/ +/);
}
