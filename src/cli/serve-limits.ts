import { Option, type Command } from 'commander';
import type { RateLimits } from '../api/rate-limit.ts';
import type { ServeOptions } from '../server/index.ts';
import { wholeNumber } from './data-options.ts';

/** The options of `skein serve` that say how much a server takes. */
export interface LimitCommandOptions {
  readonly liveTails?: number;
  readonly liveTailsPerUser?: number;
  readonly rateLimit?: number;
  readonly projectRateLimit?: number;
  readonly trustProxy?: number;
}

/** How many requests are taken, and how many may follow what happens. */
export function addLimitOptions(command: Command): Command {
  return addReaderOptions(command)
    .addOption(
      new Option('--rate-limit <perSecond>', 'requests a second of one caller; default: any number')
        .argParser(wholeNumber(1, 1_000_000))
        .env('SKEIN_RATE_LIMIT'),
    )
    .addOption(
      new Option(
        '--project-rate-limit <perSecond>',
        'requests a second of all callers of a project',
      )
        .argParser(wholeNumber(1, 1_000_000))
        .env('SKEIN_PROJECT_RATE_LIMIT'),
    )
    .addOption(
      new Option(
        '--trust-proxy <count>',
        'how many proxies of yours add to X-Forwarded-For, by which rate limits know anonymous callers',
      )
        .argParser(wholeNumber(1, 16))
        .env('SKEIN_TRUST_PROXY'),
    );
}

/** The command line stands before the configuration. */
export function limitOptionsOf(
  options: LimitCommandOptions,
  configured: RateLimits | undefined,
): Partial<ServeOptions> {
  const { rateLimit, projectRateLimit, trustProxy } = options;
  const rateLimits = {
    ...configured,
    ...(rateLimit !== undefined && { perCaller: { perSecond: rateLimit } }),
    ...(projectRateLimit !== undefined && { perProject: { perSecond: projectRateLimit } }),
  };
  const isLimited = Object.keys(rateLimits).length > 0;
  return {
    ...readerOptionsOf(options),
    ...(isLimited && { rateLimits }),
    ...(trustProxy !== undefined && { proxyCount: trustProxy }),
  };
}

/** How many may follow what happens. */
function addReaderOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--live-tails <count>',
        'how many live tails and streams of answers may be open; default: 5000',
      )
        .argParser(wholeNumber(1, 1_000_000))
        .env('SKEIN_LIVE_TAILS'),
    )
    .addOption(
      new Option('--live-tails-per-user <count>', 'how many of them one user may have; default: 20')
        .argParser(wholeNumber(1, 1_000_000))
        .env('SKEIN_LIVE_TAILS_PER_USER'),
    );
}

function readerOptionsOf({
  liveTails,
  liveTailsPerUser,
}: LimitCommandOptions): Partial<ServeOptions> {
  return {
    ...(liveTails !== undefined && { liveTailCountMax: liveTails }),
    ...(liveTailsPerUser !== undefined && { liveTailCountPerUserMax: liveTailsPerUser }),
  };
}
