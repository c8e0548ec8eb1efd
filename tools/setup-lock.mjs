import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootFolder } from './root-folder.mjs';
import { SetupError } from './setup-error.mjs';

const cacheFolder = join(rootFolder, '.cache');
const lockFolder = join(cacheFolder, 'setup.lock');
const heartbeatMs = 2_000;
const staleAfterMs = 30_000;
const waitMaxMs = 15 * 60_000;

/**
 * Runs `work` while no other process installs or builds in this checkout; waits for one that does.
 *
 * The lock is a folder, because creating one either succeeds or fails. Its owner touches it every
 * two seconds. A lock is stale, and another process takes it over, when the owner's process is gone
 * or the touching stopped. The first shows a crash at once, the second also works across
 * containers.
 *
 * @param {() => Promise<void>} work
 */
export async function withSetupLock(work) {
  await acquire();
  const heartbeat = setInterval(() => utimesSync(lockFolder, new Date(), new Date()), heartbeatMs);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

async function acquire() {
  mkdirSync(cacheFolder, { recursive: true });
  const until = Date.now() + waitMaxMs;
  for (let attempt = 0; !tryToLock(); attempt++) {
    if (takeAwayIfStale()) continue;
    if (attempt === 0) console.error('skein: waiting for another install or build to finish …');
    if (Date.now() > until)
      throw new SetupError(
        `Still locked after 15 minutes. If no other build or installation runs, delete ${lockFolder}`,
      );
    await sleep(100);
  }
}

function tryToLock() {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
  writeFileSync(join(lockFolder, 'owner'), `${process.pid} ${hostname()}`);
  return true;
}

/**
 * Moves a stale lock out of the way. If several processes try, the move decides who takes it. If it
 * caught a lock made in the meantime (another inode), that lock is put back.
 *
 * @returns {boolean} Whether to try the lock again at once.
 */
function takeAwayIfStale() {
  const aside = `${lockFolder}-${process.pid}`;
  try {
    const { ino, mtimeMs } = statSync(lockFolder);
    if (Date.now() - mtimeMs < staleAfterMs && isOwnerAlive()) return false;
    renameSync(lockFolder, aside);
    if (statSync(aside).ino === ino) rmSync(aside, { recursive: true });
    else renameSync(aside, lockFolder);
    return true;
  } catch (error) {
    // Its owner released it, or another process took it away.
    if (isCode(error, 'ENOENT')) return true;
    throw error;
  }
}

function isOwnerAlive() {
  const [pid, host] = readOwner().split(' ');
  // Not visible from here, or being written: the heartbeat decides.
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH'); // a process of another user is alive, too
  }
}

function readOwner() {
  try {
    return readFileSync(join(lockFolder, 'owner'), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
