import { SkeinError } from '../../shared/error.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import type { AuthOptions } from './auth-options.ts';

/**
 * Keeps an unprotected store off the network: without authentication the server listens only on
 * loopback addresses. Throws `invalid_request`.
 */
export function assertMayListen(host: string, auth: AuthOptions): void {
  if (auth.mode !== 'local' || isLoopbackHost(host)) return;
  throw new SkeinError(
    'invalid_request',
    `Refusing to listen on ${host} without authentication: anyone who can reach the address could read and ` +
      'change everything. Set up a JWT secret (--jwt-secret), a key set (--jwks-url) or server keys, or ' +
      'listen on 127.0.0.1.',
    { issues: [{ path: 'host', message: 'must be a loopback address without authentication' }] },
  );
}
