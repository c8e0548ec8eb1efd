import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import type { ConfiguredResponders } from '../../adapters/ai-sdk/config/index.ts';
import { serverEndpoints } from '../../api/operations/server.ts';
import { threadEndpoints } from '../../api/operations/threads.ts';
import type { FeedRules } from '../../api/access.ts';
import type { RateLimits } from '../../api/rate-limit.ts';
import { pathTo } from '../../protocol/path.ts';
import type { AuthOptions, RunningServer } from '../../server/index.ts';
import { SkeinError } from '../../shared/error.ts';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import {
  addStoreOptions,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { addFeedOption, type FeedCommandOptions } from '../feed-option.ts';
import { exampleAddresses, locationOf, locationName, type Location } from '../open-database.ts';
import { reportFailedRuns } from '../report-failed-runs.ts';
import { addLimitOptions, limitOptionsOf, type LimitCommandOptions } from '../serve-limits.ts';
import { findRunningServer, writeOperatorKey, writeServerFile } from '../server-file.ts';
import { outliveReader } from '../lost-reader.ts';
import { createServerLog, type ServerLog } from '../server-log.ts';
import { untilAborted, withInterrupt } from '../signals.ts';
import type { Store } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { readVersion } from '../version.ts';
import { withStore, type StoreSettings } from '../with-project.ts';

interface ServeCommandOptions extends DataOptions, LimitCommandOptions, FeedCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly jwtSecret?: string;
  readonly jwksUrl?: string;
  readonly jwtAudience?: string;
  readonly jwtIssuer?: string;
  readonly jwtWithoutExp?: boolean;
  /** False with `--no-auth`, which means `local`. */
  readonly auth?: 'local' | 'tokens' | false;
  readonly logLevel: string;
  readonly migrate?: boolean;
  readonly config?: string;
  readonly runLease: number;
  readonly contextItems?: number;
  readonly contextBytes?: number;
}

const examples = `
Examples:
  skein serve
  skein serve --data /srv/skein --port 8080
  skein serve --database ${exampleAddresses.file}
  SKEIN_DATABASE=${exampleAddresses.server} skein serve --migrate
  SKEIN_JWT_SECRET=… skein serve --host 0.0.0.0

On a loopback address no setup is needed: the header X-User-Id names the caller, by default "local".
Once the store has a server key (\`skein keys create\`), or a JWT secret or key set is given, every
request must carry a credential, at once and for good: revoking the last key opens nothing. Only
--auth local serves such a store without. Other addresses require a key, a secret or a key set.

Any number of servers may share a database server; the servers of one machine may share a database
file; a directory serves one server. The tables of an empty database are created; those of an older version
are changed only with --migrate.`;

export const serveCommand: CreateCommand = (terminal) =>
  addFeedOption(addLimitOptions(addRunOptions(addStoreOptions(new Command('serve')))))
    .description('serve the store over HTTP')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <number>',
      'port to listen on; 0 takes a free one',
      wholeNumber(0, 65_535),
      4000,
    )
    .addOption(
      new Option('--jwt-secret <secret>', 'accept JWTs signed with it (HS256)').env(
        'SKEIN_JWT_SECRET',
      ),
    )
    .addOption(
      new Option('--jwks-url <url>', 'accept JWTs signed with a key of this set').env(
        'SKEIN_JWKS_URL',
      ),
    )
    .addOption(
      new Option('--jwt-audience <name>', 'the aud that JWTs must have').env('SKEIN_JWT_AUDIENCE'),
    )
    .addOption(
      new Option('--jwt-issuer <name>', 'the iss that JWTs must have').env('SKEIN_JWT_ISSUER'),
    )
    .option('--jwt-without-exp', 'accept JWTs that never expire, too')
    .addOption(
      new Option(
        '--auth <mode>',
        'tokens: require a credential; local: require none, even if the store ever had keys, loopback only',
      )
        .choices(['local', 'tokens'])
        .env('SKEIN_AUTH'),
    )
    .option('--no-auth', 'the same as --auth local')
    .option('--migrate', 'bring the tables of an older version up to date first')
    .addOption(
      new Option('--log-level <level>', 'how much to log, as JSON on stderr')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('info')
        .env('SKEIN_LOG_LEVEL'),
    )
    .addHelpText('after', examples)
    .action(async (options: ServeCommandOptions, command: Command) => {
      await runServe(terminal, resolveDataOptions(options, command));
    });

/** What answers, and with what. */
function addRunOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--config <file>',
        'the models and agents; default: skein.config.* of this folder, else demo models',
      ).env('SKEIN_CONFIG'),
    )
    .addOption(
      new Option(
        '--run-lease <seconds>',
        'seconds without a sign of life after which the run of a server counts as lost',
      )
        .argParser(wholeNumber(1, 3600))
        .default(15)
        .env('SKEIN_RUN_LEASE'),
    )
    .addOption(
      new Option('--context-items <count>', 'how many of the newest items a model gets')
        .argParser(wholeNumber(1, 1000))
        .env('SKEIN_CONTEXT_ITEMS'),
    )
    .addOption(
      new Option(
        '--context-bytes <count>',
        'how many bytes they may have, for a model without contextTokens in the configuration',
      )
        .argParser(wholeNumber(1, 1_000_000_000))
        .env('SKEIN_CONTEXT_BYTES'),
    );
}

async function runServe(terminal: Terminal, options: ServeCommandOptions): Promise<void> {
  const location = locationOf(options);
  await mustNotRun(location);
  outliveReader(terminal);
  const log = await createServerLog(options.logLevel, terminal.err);
  let exitCode = 1;
  try {
    const { responders, keys, bounds, rateLimits, feeds } = await loadModels(options);
    const models = responders.list().map(({ name }) => name);
    const told = responders.isDemo ? 'Only demo models answer.' : 'Models are configured.';
    log.logger.info({ models }, told);
    const onFailure = reportFailedRuns(log, keys);
    const runs = { ...bounds, ...runOptionsOf(options), onFailure };
    const settings = { responders, runs, feeds: { ...feeds, ...options.feed } };
    // Starts here, so that a signal during the opening of the store is not lost.
    await withInterrupt((signal) =>
      withStore(
        location,
        options.migrate ? 'always' : 'empty',
        (store) => serveStore(terminal, options, { location, store, log, signal, rateLimits }),
        settings,
      ),
    );
    log.logger.info({}, 'The store is closed.');
    exitCode = 0;
  } finally {
    // Lines that wait for a reader would keep the process from ending.
    if (!(await log.close())) process.exit(exitCode);
  }
}

function runOptionsOf(options: ServeCommandOptions): NonNullable<StoreSettings['runs']> {
  const { runLease, contextItems, contextBytes } = options;
  return {
    leaseMs: runLease * 1000,
    ...(contextItems !== undefined && { contextItemsMax: contextItems }),
    ...(contextBytes !== undefined && { contextBytesMax: contextBytes }),
  };
}

interface LoadedModels {
  readonly responders: ConfiguredResponders;
  /** The keys of the models' providers. */
  readonly keys: readonly string[];
  /** What a run may take. */
  readonly bounds: NonNullable<StoreSettings['runs']>;
  readonly rateLimits: RateLimits | undefined;
  readonly feeds: FeedRules;
}

async function loadModels({ config: path }: ServeCommandOptions): Promise<LoadedModels> {
  const { createResponders, loadConfig } = await import('../../adapters/ai-sdk/config/index.ts');
  const { configuredKeys } = await import('../../adapters/ai-sdk/config/configured-keys.ts');
  const { config, folder } = await loadConfig(path === undefined ? {} : { path });
  const responders = await createResponders(config, { folder });
  const keys = configuredKeys(config, process.env);
  const { runs: bounds = {}, rateLimits, feeds = {} } = config;
  return { responders, keys, bounds, rateLimits, feeds };
}

interface Serving {
  readonly location: Location;
  readonly store: Store;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
  readonly rateLimits: RateLimits | undefined;
}

async function serveStore(
  terminal: Terminal,
  options: ServeCommandOptions,
  { location, store, log, signal, rateLimits }: Serving,
): Promise<void> {
  const { assertMayListen, serve } = await import('../../server/index.ts');
  const { host, port } = options;
  const auth = await chooseAuth(options, store);
  assertMayListen(host, auth);
  await revokeFormerOperatorKeys(store);
  const { createChatMount } = await import('../../adapters/ai-sdk/chat/chat-mount.ts');
  const mounts = [createChatMount({ store })];
  const { logger } = log;
  const serverId = randomUUID();
  const settings = { store, host, port, logger, mounts, serverId, processMetrics: true };
  const limits = limitOptionsOf(options, rateLimits);
  const server = await serve({ ...settings, ...limits, ...(auth && { auth }) });
  const url = localUrl(server);
  let forget: (() => Promise<void>) | undefined;
  try {
    if (location.kind === 'directory')
      forget = await enterDirectory(location.path, serverFileOf(url, serverId), store);
    const mode = auth?.mode ?? 'local';
    log.logger.info({ url: server.url, auth: mode }, 'Serving.');
    if (mode === 'local') log.logger.warn({}, localModeText);
    await announce(terminal, options, { location, url, auth: mode });
    await untilAborted(signal);
    log.logger.info({}, 'Stopping.');
  } finally {
    await server.close();
    await forget?.();
  }
}

/** The engine would only say that the directory is locked; this names the server. */
async function mustNotRun(location: Location): Promise<void> {
  if (location.kind !== 'directory') return;
  const url = await findRunningServer(location.path);
  if (url === undefined) return;
  throw new CliError(`The store in ${location.path} is already being served at ${url}.`, {
    hint: 'Use that server, or stop it first.',
  });
}

/**
 * An operator who has made a server key wants it required, on every address, and so does one who
 * will make it while the server runs: without a choice, the server begins to require it then.
 */
async function chooseAuth(
  options: ServeCommandOptions,
  { keys }: Store,
): Promise<AuthOptions | undefined> {
  const { auth, jwtSecret, jwksUrl, jwtAudience, jwtIssuer } = options;
  if (auth === 'local' || auth === false) return { mode: 'local' };
  const isSaid = auth === 'tokens' || Boolean(jwtSecret) || Boolean(jwksUrl);
  if (!isSaid && !(await keys.isProtected())) return undefined;
  return {
    mode: 'tokens',
    ...(jwtSecret ? { jwtSecret } : {}),
    ...(jwksUrl ? { jwksUrl } : {}),
    ...(jwtAudience === undefined ? {} : { audience: jwtAudience }),
    ...(jwtIssuer === undefined ? {} : { issuer: jwtIssuer }),
    ...(options.jwtWithoutExp ? { acceptsJwtWithoutExpiry: true } : {}),
  };
}

/**
 * An address that reaches the server from this machine: one that means "all" cannot be connected
 * to.
 */
function localUrl({ url, host, port }: RunningServer): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return host === '::' ? `http://[::1]:${port}` : url;
}

function serverFileOf(url: string, id: string): Parameters<typeof writeServerFile>[1] {
  const startedAt = new Date().toISOString();
  return { url, pid: process.pid, id, version: readVersion(), startedAt };
}

/** What the guard of local mode cannot know. */
const localModeText =
  'Local mode: every program of this machine may read and change everything, as any user. A request ' +
  'through a proxy is refused where it shows; a proxy or tunnel that hides itself would open the store ' +
  'to its callers. Make a server key (skein keys create) or pass --auth tokens to require credentials.';

const operatorKeyName = 'skein serve, process ';

/**
 * Revokes what a server that crashed has left, here or in the directory that this store is a copy
 * of. Only the server of a directory makes such keys, and it is alone there.
 */
async function revokeFormerOperatorKeys({ keys }: Store): Promise<void> {
  for (const { id, name } of await keys.operators.list()) {
    if (name.startsWith(operatorKeyName)) await keys.revoke(id);
  }
}

/**
 * Leaves in the directory what other commands need while the server has it open: its address, and
 * an operator key for `skein keys`. Returns the function that takes both away.
 */
async function enterDirectory(
  path: string,
  file: Parameters<typeof writeServerFile>[1],
  { keys }: Store,
): Promise<() => Promise<void>> {
  const { id, secret } = await keys.operators.create(`${operatorKeyName}${process.pid}`);
  const removals = [await writeOperatorKey(path, secret), await writeServerFile(path, file)];
  return async () => {
    for (const remove of removals) await remove();
    try {
      await keys.revoke(id);
    } catch (error) {
      // It was revoked by hand, or the disk is full: then the next start revokes it.
      if (!(error instanceof SkeinError)) throw error;
    }
  };
}

interface Announcement {
  readonly location: Location;
  readonly url: string;
  readonly auth: AuthOptions['mode'];
}

async function announce(
  { out, colors }: Terminal,
  { json }: ServeCommandOptions,
  { location, url, auth }: Announcement,
): Promise<void> {
  const data = locationName(location);
  if (json) return writeJsonLine(out, { url, pid: process.pid, data, auth });
  const credential =
    auth === 'tokens' ? ' -H "authorization: Bearer $SKEIN_TOKEN" -H \'x-user-id: u1\'' : '';
  const docs = pathTo(serverEndpoints.getDocumentation, {});
  const threads = pathTo(threadEndpoints.createThread, {});
  const body = '{"title": "Hello", "items": [{"role": "user", "text": "Hi there"}]}';
  await writeLine(
    out,
    `Skein ${readVersion()} serves ${data} at ${colors.bold(url)} (documentation: ${url}${docs})`,
  );
  await writeLine(
    out,
    `Try: curl -s ${url}${threads}${credential} -H 'content-type: application/json' -d '${body}'`,
  );
}
