/**
 * Keeps `node_modules` in step with `package-lock.json`. A stamp inside it holds the hash of the
 * lock file that was installed, so a run with nothing to do reads two small files and starts
 * nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { runChild } from './child-process.mjs';
import { rootFolder } from './root-folder.mjs';
import { SetupError } from './setup-error.mjs';
import { withSetupLock } from './setup-lock.mjs';

/** The project's own Node, a development dependency. */
export const nodePath = join(rootFolder, 'node_modules/.bin/node');

const stampPath = join(rootFolder, 'node_modules/.skein-stamp');
const lockFilePath = join(rootFolder, 'package-lock.json');
const installedPath = join(rootFolder, 'node_modules/.package-lock.json');

export async function ensureInstalled() {
  const lockFile = readFileSync(lockFilePath, 'utf8');
  const stamp = stampOf(lockFile);
  if (isFresh(stamp)) return;
  await withSetupLock(async () => {
    if (isFresh(stamp)) return;
    if (!isInstalledFrom(lockFile)) await installCleanly();
    assertPinnedNode();
    writeFileSync(stampPath, stamp);
  });
}

/**
 * Includes the platform: a folder shared with a container holds the wrong binaries there.
 *
 * @param {string} lockFile
 */
function stampOf(lockFile) {
  const hash = createHash('sha256').update(lockFile).digest('hex');
  return `${hash} ${process.platform} ${process.arch}\n`;
}

/** @param {string} stamp */
function isFresh(stamp) {
  if (!existsSync(stampPath) || readFileSync(stampPath, 'utf8') !== stamp) return false;
  return installedNodeVersion() === pinnedNodeVersion();
}

/**
 * Whether npm itself, called by hand, has installed exactly this lock file: npm records what it
 * installed. Packages for other platforms are only in the lock file.
 *
 * @param {string} lockFile
 */
function isInstalledFrom(lockFile) {
  if (!existsSync(installedPath) || installedNodeVersion() !== pinnedNodeVersion()) return false;
  /** @type {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
  const wanted = JSON.parse(lockFile).packages;
  /** @type {typeof wanted} */
  const found = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const installed = found[path];
    if (installed === undefined) return entry.optional === true;
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

async function installCleanly() {
  console.error('skein: installing the dependencies (npm ci), about a minute the first time …');
  // The level is explicit, because under `npm run -s` npm would not even say why it failed.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const exitCode = await runChild('npm', args, {
    cwd: rootFolder,
    env: { ...process.env, PATH: pathWithoutOwnNode() },
    stdio: ['ignore', 2, 2],
  });
  if (exitCode === 0) return;
  throw new SetupError(
    `npm ci failed with exit code ${exitCode}; see its messages above.`,
    exitCode,
  );
}

/** During the installation npm removes the project's Node, so it must run on the machine's Node. */
function pathWithoutOwnNode() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((folder) => !/node_modules\/\.bin\/?$/.test(folder)).join(delimiter);
}

function assertPinnedNode() {
  const [installed, pinned] = [installedNodeVersion(), pinnedNodeVersion()];
  if (installed === pinned) return;
  throw new SetupError(
    `node_modules/.bin/node is ${installed ?? 'missing'} after npm ci, not ${pinned}. The install ` +
      'script of the package "node" fetches it: see that npm may run install scripts ' +
      '("npm config get ignore-scripts" must say false).',
  );
}

function pinnedNodeVersion() {
  const { devDependencies } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));
  return `v${devDependencies.node}`;
}

/** Asks the binary, unless this process runs it: npm puts it first on the PATH. */
function installedNodeVersion() {
  if (!existsSync(nodePath)) return undefined;
  if (realpathSync(nodePath) === realpathSync(process.execPath)) return process.version;
  const { status, stdout } = spawnSync(nodePath, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
