/**
 * Completes `package-lock.json` for other platforms. Tools come with one optional package per
 * platform. npm leaves those that its registry lacks out of the lock file, and then `npm ci`
 * refuses the file that npm itself wrote. The entries added here have no integrity hash: npm looks
 * them up by their exact version, on the platform that needs them, and skips them everywhere else.
 *
 * Run it after changing dependencies if `test/exports.test.ts` asks for it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockFile {
  packages: Record<string, Entry>;
}

const path = new URL('../package-lock.json', import.meta.url);
const lockFile = JSON.parse(readFileSync(path, 'utf8')) as LockFile; // written by npm
const added = new Map<string, Entry>();
for (const entry of Object.values(lockFile.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (!lockFile.packages[place]) added.set(place, platformEntry(name, version, entry));
  }
}
const all = [...Object.entries(lockFile.packages), ...added];
lockFile.packages = Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lockFile, undefined, 2)}\n`);
console.log(`${added.size} packages of other platforms added`);

/** All such tools name their packages alike: `…-linux-arm64-musl`, `…/darwin-arm64`. */
function platformEntry(name: string, version: string, parent: Entry): Entry & object {
  const [, os, cpu, abi = ''] = /([a-z0-9]+)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name) ?? [];
  if (os === undefined || cpu === undefined) throw new TypeError(`${name} names no platform`);
  const libc = abi.includes('musl') ? ['musl'] : os === 'linux' && abi ? ['glibc'] : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc && { libc }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os: [os],
    ...(parent.engines && { engines: parent.engines }),
  } as Entry & object; // npm's own fields for a platform
}
