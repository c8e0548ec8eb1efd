import { SkeinError } from '../../shared/error.ts';
import { isLoopbackAuthority } from '../../shared/loopback.ts';
import { readUserId } from '../request/headers.ts';
import type { HeaderSource } from '../request/request-source.ts';
import type { Authenticator, Lifetime } from './authenticator.ts';
import { defaultProjectId } from './auth-options.ts';
import { assertDirect } from './proxied.ts';

/**
 * Local mode trusts every process that reaches the port, so it must reject requests that a web page
 * can send: a page of another origin, or one whose host name resolves to this machine (DNS
 * rebinding). Nor does it answer a proxy, whose callers may be anywhere.
 *
 * `lifetime`: when local mode ends, and with it what was opened in it. Default: never.
 */
export function createLocalAuthenticator(lifetime?: Lifetime): Authenticator {
  // Nearly every request has the same origin as the previous one, so its parts are remembered.
  let known: LocalOrigin = { origin: '', prefix: '\n', authority: '' };
  return {
    guard({ url, source }, isProbe) {
      const { headers } = source;
      if (!url.startsWith(known.prefix)) known = mustLocalOrigin(url);
      const host = headers.get('host');
      if (host !== null && host !== known.authority && !isLoopbackAuthority(host))
        throw forbidden(foreignHost);
      const origin = headers.get('origin');
      if (origin !== null && origin !== known.origin) throw forbidden(foreignPage);
      if (isSentByForeignPage(headers)) throw forbidden(foreignPage);
      assertDirect(source, isProbe);
    },
    identify(_request, headers) {
      const userId = readUserId(headers) ?? 'local';
      if (lifetime === undefined) return { projectId: defaultProjectId, userId, isLocal: true };
      return { projectId: defaultProjectId, userId, isLocal: true, lifetime };
    },
  };
}

const foreignHost =
  'In local mode the server only answers requests for this machine: use 127.0.0.1 or localhost.';
const foreignPage = 'In local mode web pages of other origins may not use the server.';

/**
 * A page's images, scripts and simple requests have no `Origin`, but browsers send
 * `Sec-Fetch-Site`. Following a link is allowed, so that other pages may link to the documentation.
 */
function isSentByForeignPage(headers: HeaderSource): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return headers.get('sec-fetch-mode') !== 'navigate';
}

interface LocalOrigin {
  readonly origin: string;
  /** The beginning of the address of every request to this origin. */
  readonly prefix: string;
  readonly authority: string;
}

function mustLocalOrigin(url: string): LocalOrigin {
  const { origin, host } = new URL(url);
  if (!isLoopbackAuthority(host)) throw forbidden(foreignHost);
  return { origin, prefix: `${origin}/`, authority: host };
}

function forbidden(message: string): SkeinError {
  return new SkeinError('forbidden', message);
}
