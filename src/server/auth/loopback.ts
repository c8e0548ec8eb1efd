import { SkeinError } from '../../shared/error.ts';
import type { AuthOptions } from './auth-options.ts';

/**
 * Whether a host name or address, without a port, can only be this machine. Names that a resolver might
 * send elsewhere do not count.
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '[::1]' || name === '::1') return true;
  return /^127(\.[0-9]{1,3}){3}$/.test(name);
}

/** Whether the host part of an authority (`host` or `host:port`) is this machine. */
export function isLoopbackAuthority(authority: string): boolean {
  return isLoopbackHost(authority.replace(/:[0-9]+$/, ''));
}

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
