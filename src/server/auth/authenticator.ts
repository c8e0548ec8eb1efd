import type { Store } from '../../store/store.ts';
import type { Logger } from '../logger.ts';
import type { HeaderSource } from '../request/request-source.ts';
import type { AuthOptions, HostAuthOptions } from './auth-options.ts';
import { createLocalAuthenticator } from './local-authenticator.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';

/** Who a request is from, as far as its credentials prove it. */
export interface Identity {
  readonly projectId: string;
  /** Absent: anonymous, or a server key that names nobody. */
  readonly userId?: string;
  readonly isServerKey: boolean;
}

export interface Authenticator {
  /** Throws `forbidden` for a request that must not be looked at whatever it asks. */
  guard(url: string, headers: HeaderSource): void;
  /** Throws `unauthenticated` for a credential that does not hold; none at all is anonymous. */
  identify(request: Request, headers: HeaderSource): Identity | Promise<Identity>;
}

export function createAuthenticator(
  store: Store,
  options: AuthOptions,
  logger?: Logger,
): Authenticator {
  switch (options.mode) {
    case 'local':
      return createLocalAuthenticator();
    case 'tokens':
      return createTokenAuthenticator(store.keys, options, logger);
    case 'host':
      return createHostAuthenticator(options);
  }
}

function createHostAuthenticator(options: HostAuthOptions): Authenticator {
  return {
    guard() {
      // The application in front decides which requests come through.
    },
    async identify(request) {
      return { ...(await options.identify(request)), isServerKey: false };
    },
  };
}
