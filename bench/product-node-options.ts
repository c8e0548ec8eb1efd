import { readFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);

/**
 * The options that the `skein` command passes to Node: those of its first line. The bench runs
 * servers with the same options, so that it measures what people start.
 */
export async function productNodeOptions(): Promise<string[]> {
  // Our own file; a test of the package checks its shape.
  const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
    readonly bin: { readonly skein: string };
  };
  const program = await readFile(new URL(manifest.bin.skein, root), 'utf8');
  return nodeOptionsOf(program);
}

/**
 * `#!/usr/bin/env -S node --a --b` gives `['--a', '--b']`; a first line without options gives none.
 */
export function nodeOptionsOf(program: string): string[] {
  const found = /^#!.*\bnode +(-.*)$/m.exec(program.split('\n', 1)[0]!);
  return found === null ? [] : found[1]!.trim().split(/ +/);
}
