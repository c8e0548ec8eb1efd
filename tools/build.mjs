/**
 * Keeps `dist` in step with `src`. A stamp inside it holds a hash of all inputs of the build. A
 * build writes to a copy of the last one, which then replaces it: only what has changed is
 * compiled, outputs of deleted sources go, and a failed or killed build leaves the old one in
 * place.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child-process.mjs';
import { nodePath } from './install.mjs';
import { rootFolder } from './root-folder.mjs';
import { SetupError } from './setup-error.mjs';
import { withSetupLock } from './setup-lock.mjs';

const distFolder = join(rootFolder, 'dist');
const nextFolder = join(rootFolder, 'dist.next');
const oldFolder = join(rootFolder, 'dist.old');
const stampName = '.build-stamp';
/** What the compiler remembers, to compile only what has changed. */
const memoryName = '.build-memory';
const configuration = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tools/build.mjs'];

/** Builds if `dist` is not what the current sources produce. */
export async function ensureBuilt() {
  const stamp = stampOfSources();
  if (isFresh(stamp)) return;
  await withSetupLock(async () => {
    if (!isFresh(stamp)) await buildAs(stamp);
  });
}

/** Builds in any case. */
export async function build() {
  await withSetupLock(() => buildAs(stampOfSources()));
}

/** Hashes contents, not times: a checkout touches files without changing them. */
function stampOfSources() {
  const hash = createHash('sha256');
  for (const path of [...configuration, ...listFiles('src')]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(rootFolder, path)))
      .update('\0');
  }
  return `${hash.digest('hex')}\n`;
}

/**
 * @param {string} folder
 * @returns {string[]} Paths from the root, in an order that does not depend on the file system.
 */
function listFiles(folder) {
  const entries = readdirSync(join(rootFolder, folder), { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path) : [path];
  });
  return paths.sort();
}

/** @param {string} stamp */
function isFresh(stamp) {
  const path = join(distFolder, stampName);
  return existsSync(path) && readFileSync(path, 'utf8') === stamp;
}

/**
 * @param {string} stamp Taken before the build, so that a source changed meanwhile counts as stale.
 */
async function buildAs(stamp) {
  console.error('skein: building …');
  rmSync(nextFolder, { recursive: true, force: true });
  const canGoOn = existsSync(join(distFolder, memoryName));
  if (canGoOn) cpSync(distFolder, nextFolder, { recursive: true });
  await compile();
  if (canGoOn) removeOrphans(nextFolder, 'src');
  markExecutables();
  writeFileSync(join(nextFolder, stampName), stamp);
  rmSync(oldFolder, { recursive: true, force: true });
  if (existsSync(distFolder)) renameSync(distFolder, oldFolder);
  renameSync(nextFolder, distFolder);
  rmSync(oldFolder, { recursive: true, force: true });
}

async function compile() {
  const args = [
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--outDir',
    nextFolder,
    '--incremental',
    '--tsBuildInfoFile',
    join(nextFolder, memoryName),
  ];
  const exitCode = await runChild(nodePath, args, { cwd: rootFolder, stdio: ['ignore', 2, 2] });
  if (exitCode === 0) return;
  rmSync(nextFolder, { recursive: true, force: true });
  throw new SetupError(`The build failed with exit code ${exitCode}; see the errors above.`);
}

/**
 * Removes the outputs of sources that are gone.
 *
 * @param {string} folder
 * @param {string} source The folder of the sources, from the root.
 */
function removeOrphans(folder, source) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const origin = `${source}/${entry.name.replace(/\.(?:js|d\.ts)(?:\.map)?$/, '.ts')}`;
    if (entry.name.startsWith('.')) continue;
    if (!existsSync(join(rootFolder, origin))) rmSync(path, { recursive: true });
    else if (entry.isDirectory()) removeOrphans(path, origin);
  }
}

/** The commands that package.json declares; npm links to them, so they must be executable. */
function markExecutables() {
  /** @type {{ bin: Record<string, string> }} */
  const { bin } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));
  for (const path of Object.values(bin)) {
    const built = path.replace(/^\.\/dist/, nextFolder);
    if (!existsSync(built))
      throw new SetupError(`package.json names ${path}, which the build does not produce.`);
    chmodSync(built, 0o755);
  }
}
