import { SkeinError } from '../../shared/error.ts';
import type { RequestSource } from '../request/request-source.ts';

/**
 * Throws `forbidden` for a request that shows that a proxy passed it on. In local mode the proxy's
 * callers would be taken for programs of this machine: nginx sends `Host: 127.0.0.1` unless told
 * otherwise, which is what the guard asks for.
 *
 * nginx also speaks HTTP/1.0 to its upstream unless told otherwise. So do the probes of load
 * balancers, which learn nothing but that the server is up.
 */
export function assertDirect(source: RequestSource, isProbe: boolean): void {
  const sign = signOfProxy(source, isProbe);
  if (sign !== undefined) throw proxied(sign);
}

/** What shows that a proxy passed a request on, if anything does. */
export function signOfProxy(source: RequestSource, isProbe: boolean = false): string | undefined {
  if (source.httpVersion === '1.0' && !isProbe) return 'HTTP/1.0';
  for (const name of source.headerNames()) if (isProxyHeader(name)) return name;
  return undefined;
}

function isProxyHeader(name: string): boolean {
  return name.startsWith('x-forwarded-') || proxyHeaders.has(name);
}

const proxyHeaders = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);

function proxied(sign: string): SkeinError {
  return new SkeinError(
    'forbidden',
    `This request has come through a proxy (${sign}). In local mode the server takes every caller for a ` +
      'program of this machine, so it answers no proxy. Make a server key (`skein keys create`), or ' +
      'start the server with `--auth tokens`. `--trust-proxy` does not change that: it only tells rate ' +
      'limits the addresses of anonymous callers.',
  );
}
