/**
 * Completes `package-lock.json` for platforms other than this one. Tools come with one optional package
 * a platform; npm leaves out of the lock file those that its registry does not hold, and then refuses
 * with `npm ci` what it wrote itself. The entries added here have no integrity hash: npm looks them up
 * by their exact version, on the platform that needs them, and skips them everywhere else.
 *
 * Run it after a change of dependencies when `test/exports.test.ts` asks for it.
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

/** The names are alike in all such tools: `…-linux-arm64-musl`, `…/darwin-arm64`. */
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
