import type { Logger } from '../logger.ts';
import type { Authenticator } from './authenticator.ts';
import { createLocalAuthenticator } from './local-authenticator.ts';
import { createTokenAuthenticator, type TokenStore } from './token-authenticator.ts';

/**
 * For a host that has not said how callers are identified: local mode, until the store gets its
 * first server key. From then on, and in a store that ever had one, every request needs a
 * credential; what was opened without one ends.
 *
 * States: `unknown` → `local` → `tokens`, or `unknown` → `tokens`. A request waits while it is
 * `unknown`.
 */
export function createDefaultAuthenticator(store: TokenStore, logger?: Logger): Authenticator {
  const { keys } = store;
  const tokens = createTokenAuthenticator(store, { mode: 'tokens' }, logger);
  const local = createLocalAuthenticator((onEnd) => keys.watchProtection(onEnd));
  let current: Authenticator | undefined;
  let asking: Promise<Authenticator> | undefined;
  keys.watchProtection(() => {
    if (current === local) logger?.info({}, 'The store is protected: requests need a credential.');
    current = tokens;
  });
  const ask = async (): Promise<Authenticator> => {
    try {
      const isProtected = await keys.isProtected();
      return (current ??= isProtected ? tokens : local);
    } finally {
      asking = undefined; // the store may not have been readable
    }
  };
  const settled = (): Authenticator | Promise<Authenticator> => current ?? (asking ??= ask());
  return {
    guard(request, isProbe) {
      const authenticator = settled();
      return authenticator instanceof Promise
        ? authenticator.then((found) => found.guard(request, isProbe))
        : authenticator.guard(request, isProbe);
    },
    identify(request, headers) {
      const authenticator = settled();
      return authenticator instanceof Promise
        ? authenticator.then((found) => found.identify(request, headers))
        : authenticator.identify(request, headers);
    },
  };
}
