import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configError, parseConfig, type SkeinConfig } from './skein-config.ts';
import { modelsOfEnvironment, type Environment } from './models-of-environment.ts';

export interface LoadConfigOptions {
  /** The file. Default: the one in `cwd` that is named `skein.config.*`, if there is one. */
  readonly path?: string;
  /** Default: the working directory of the process. */
  readonly cwd?: string;
  /** Default: the environment of the process. */
  readonly env?: Environment;
}

export interface LoadedConfig {
  /** Includes the models of the environment, after those of the file. */
  readonly config: SkeinConfig;
  /** The file that was read, if there was one. */
  readonly path: string | undefined;
  /** The folder from which provider modules are resolved: that of the file, or else `cwd`. */
  readonly folder: string;
}

/**
 * Reads `skein.config.ts`, `.mts`, `.js`, `.mjs` or `.json`, and the models of the environment
 * (`SKEIN_MODEL_BASE_URL`, `SKEIN_MODEL_API_KEY`, `SKEIN_MODELS`, `SKEIN_MODEL_LABEL`). With
 * neither, the configuration is empty. Throws `invalid_request` with every mistake and its place.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const cwd = resolve(options.cwd ?? process.cwd());
  const path = options.path === undefined ? await findConfig(cwd) : resolve(cwd, options.path);
  const fromFile = path === undefined ? {} : parseConfig(await readConfig(path), basename(path));
  const { models } = fromFile;
  const added = modelsOfEnvironment(options.env ?? process.env);
  const config = { ...fromFile, models: { ...models, ...withoutKnown(added, models ?? {}) } };
  return { config, path, folder: path === undefined ? cwd : dirname(path) };
}

/** The entries whose names the file does not define: the file wins. */
function withoutKnown<T>(added: Record<string, T>, known: object): Record<string, T> {
  return Object.fromEntries(Object.entries(added).filter(([name]) => !Object.hasOwn(known, name)));
}

const extensions = ['.ts', '.mts', '.js', '.mjs', '.json'];

async function findConfig(folder: string): Promise<string | undefined> {
  const paths = extensions.map((extension) => join(folder, `skein.config${extension}`));
  const areThere = await Promise.all(paths.map((path) => isFile(path)));
  const found = paths.filter((_path, i) => areThere[i]);
  if (found.length > 1) {
    const names = found.map((path) => basename(path)).join(' and ');
    throw configError(folder, [{ path: '', message: `there are ${names}; keep one of them` }]);
  }
  return found[0];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readConfig(path: string): Promise<unknown> {
  if (!(await isFile(path))) throw unreadable(path, 'the file does not exist');
  return extname(path) === '.json' ? readJson(path) : runConfig(path);
}

async function readJson(path: string): Promise<unknown> {
  const content = await readFile(path, 'utf8');
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw unreadable(path, `is not JSON: ${error.message}`, error);
    throw error;
  }
}

/**
 * Runs a configuration that is code. `require` also runs ES modules, and TypeScript by stripping
 * its types.
 */
function runConfig(path: string): unknown {
  const isTypeScript = extname(path).endsWith('ts');
  if (isTypeScript && !process.features.typescript) {
    throw unreadable(path, 'TypeScript needs Node 22.18 or newer; use skein.config.mjs or .json');
  }
  const loaded = requireFile(path);
  const hasDefault = typeof loaded === 'object' && loaded !== null && 'default' in loaded;
  return hasDefault ? loaded.default : loaded;
}

function requireFile(path: string): unknown {
  try {
    const loaded: unknown = createRequire(pathToFileURL(path))(path);
    return loaded;
  } catch (error) {
    if (codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE') {
      throw unreadable(path, 'must not await at its top level', error);
    }
    throw unreadable(path, `failed: ${error instanceof Error ? error.message : 'it threw'}`, error);
  }
}

function unreadable(path: string, message: string, cause?: unknown): Error {
  return configError(path, [{ path: '', message }], cause);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
