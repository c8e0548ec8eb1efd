import { SkeinError } from '../../shared/error.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../logger.ts';
import type { AuthOptions, HostAuthOptions } from './auth-options.ts';
import type { Authenticator, Lifetime } from './authenticator.ts';
import { createDefaultAuthenticator } from './default-authenticator.ts';
import { createLocalAuthenticator } from './local-authenticator.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';

export function createAuthenticator(
  store: Store,
  options: AuthOptions | undefined,
  logger?: Logger,
): Authenticator {
  if (options === undefined) return createDefaultAuthenticator(store, logger);
  switch (options.mode) {
    case 'local':
      return createLocalAuthenticator();
    case 'tokens':
      return createTokenAuthenticator(store, options, logger);
    case 'host':
      return createHostAuthenticator(options);
  }
}

function createHostAuthenticator(options: HostAuthOptions): Authenticator {
  return {
    guard() {
      // The application in front decides which requests are let through.
    },
    guardPage({ source }) {
      const origin = source.headers.get('origin');
      if (origin === null || isOwnOrigin(origin, source.headers.get('host'), options)) return;
      throw new SkeinError('forbidden', 'Pages of this origin may not open a WebSocket here.');
    },
    async identify(request) {
      const { signal, ...principal } = await options.identify(request);
      const lifetime = signal && lifetimeOf(signal);
      return { ...principal, ...(lifetime && { lifetime }) };
    },
  };
}

/** A server need not know whether its clients speak TLS, so the scheme does not count. */
function isOwnOrigin(origin: string, host: string | null, { origins }: HostAuthOptions): boolean {
  if (origins !== undefined) return origins.includes(origin);
  return host !== null && origin.replace(/^https?:\/\//, '') === host;
}

function lifetimeOf(signal: AbortSignal): Lifetime {
  return (onEnd) => {
    signal.addEventListener('abort', onEnd, { once: true });
    if (signal.aborted) onEnd();
    return () => signal.removeEventListener('abort', onEnd);
  };
}
