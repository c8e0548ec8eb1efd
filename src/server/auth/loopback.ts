import { SkeinError } from '../../shared/error.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import type { AuthOptions } from './auth-options.ts';

/**
 * The rule that keeps an open store off the network: without authentication the server listens on a
 * loopback address only. Throws `invalid_request`.
 */
export function assertMayListen(host: string, auth: AuthOptions): void {
  if (auth.mode !== 'local' || isLoopbackHost(host)) return;
  throw new SkeinError(
    'invalid_request',
    `Refusing to listen on ${host} without authentication: everyone who reaches the address could read and ` +
      'change everything. Set up a JWT secret (--jwt-secret), a key set (--jwks-url) or server keys, or ' +
      'listen on 127.0.0.1.',
    { issues: [{ path: 'host', message: 'must be a loopback address without authentication' }] },
  );
}
