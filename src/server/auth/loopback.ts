import { SkeinError } from '../../shared/error.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import type { AuthOptions } from './auth-options.ts';

/**
 * Keeps an unprotected store off the network: without authentication, or with a secret that can be
 * guessed, the server listens only on loopback addresses. Throws `invalid_request`.
 */
export function assertMayListen(host: string, auth: AuthOptions | undefined): void {
  if (isLoopbackHost(host)) return;
  if (auth?.mode === 'tokens') assertStrong(auth.jwtSecret);
  if (auth !== undefined && auth.mode !== 'local') return;
  throw new SkeinError(
    'invalid_request',
    `Refusing to listen on ${host} without authentication: anyone who can reach the address could read and ` +
      'change everything. Set up a JWT secret (--jwt-secret), a key set (--jwks-url) or server keys, or ' +
      'listen on 127.0.0.1.',
    { issues: [{ path: 'host', message: 'must be a loopback address without authentication' }] },
  );
}

/** As many as HS256 asks for (RFC 7518, section 3.2). */
const secretBytesMin = 32;

/** A caller that has seen one JWT can try secrets for as long as it likes. */
function assertStrong(jwtSecret: string | undefined): void {
  if (jwtSecret === undefined || Buffer.byteLength(jwtSecret) >= secretBytesMin) return;
  throw new SkeinError(
    'invalid_request',
    `The JWT secret is shorter than ${secretBytesMin} bytes, so that a caller could find it by trying: off ` +
      'loopback a longer one is needed, such as the output of `openssl rand -base64 32`.',
    { issues: [{ path: 'jwtSecret', message: `must have at least ${secretBytesMin} bytes` }] },
  );
}
