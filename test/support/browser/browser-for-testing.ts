import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

/** A real Chromium, headless. */
interface BrowserForTesting extends AsyncDisposable {
  readonly browser: Browser;
}

/**
 * Starts the Chromium of the package @sparticuz/chromium, which needs no installation, or else the
 * one on the PATH: the package supports only Linux on x64. Throws with the reasons if neither
 * starts.
 */
export async function openBrowser(): Promise<BrowserForTesting> {
  const failures: unknown[] = [];
  for (const open of [openPackaged, openInstalled]) {
    try {
      return await open();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `No Chromium starts here: ${failures.join('; ')}`);
}

async function openPackaged(): Promise<BrowserForTesting> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-chromium-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = await unpack(folder);
    const libraries = join(folder, 'al2023', 'lib');
    // The machine's own libraries are preferred; the package's fill in for missing ones.
    const browser = await launch(path, {}).catch(() =>
      launch(path, { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, 'fonts') }),
    );
    return {
      browser,
      [Symbol.asyncDispose]: async () => {
        try {
          await browser.close();
        } finally {
          await remove();
        }
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** It unpacks into the temporary folder under fixed names, so each run gets a folder of its own. */
async function unpack(folder: string): Promise<string> {
  const script =
    "import('@sparticuz/chromium').then(async (m) => console.log(await m.default.executablePath()))";
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], {
    cwd: import.meta.dirname,
    // On Amazon's machines it also unpacks libraries that a bare machine lacks.
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  return stdout.trim();
}

async function openInstalled(): Promise<BrowserForTesting> {
  const browser = await launch(findOnPath(), {});
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

function findOnPath(): string {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      continue; // not on the PATH under this name
    }
  }
  throw new Error('there is no chromium on the PATH');
}

function launch(executablePath: string, environment: Record<string, string>): Promise<Browser> {
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...environment },
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
