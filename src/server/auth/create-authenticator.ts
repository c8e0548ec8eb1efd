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
    async identify(request) {
      const { signal, ...principal } = await options.identify(request);
      const lifetime = signal && lifetimeOf(signal);
      return { ...principal, ...(lifetime && { lifetime }) };
    },
  };
}

function lifetimeOf(signal: AbortSignal): Lifetime {
  return (onEnd) => {
    signal.addEventListener('abort', onEnd, { once: true });
    if (signal.aborted) onEnd();
    return () => signal.removeEventListener('abort', onEnd);
  };
}
