import { SkeinError } from '../../shared/error.ts';
import { isLoopbackAuthority } from '../../shared/loopback.ts';
import { readUserId } from '../request/headers.ts';
import type { HeaderSource } from '../request/request-source.ts';
import type { Authenticator } from './authenticator.ts';
import { defaultProjectId } from './auth-options.ts';

/**
 * Local mode trusts whoever reaches the port, and so must refuse what a web page can send: a page
 * of another origin, and one whose name was made to resolve to this machine (DNS rebinding).
 */
export function createLocalAuthenticator(): Authenticator {
  // Nearly every request names the same origin as the one before, and need not be taken apart
  // again.
  let known: LocalOrigin = { origin: '', prefix: '\n', authority: '' };
  return {
    guard(url, headers) {
      if (!url.startsWith(known.prefix)) known = mustLocalOrigin(url);
      const host = headers.get('host');
      if (host !== null && host !== known.authority && !isLoopbackAuthority(host))
        throw forbidden(foreignHost);
      const origin = headers.get('origin');
      if (origin !== null && origin !== known.origin) throw forbidden(foreignPage);
      if (isSentByForeignPage(headers)) throw forbidden(foreignPage);
    },
    identify(_request, headers) {
      const userId = readUserId(headers) ?? 'local';
      return { projectId: defaultProjectId, userId, isServerKey: false };
    },
  };
}

const foreignHost =
  'In local mode only requests for this machine are answered: use 127.0.0.1 or localhost.';
const foreignPage = 'In local mode no web page of another origin may reach the store.';

/**
 * A page's images, scripts and simple requests carry no `Origin`, but browsers say where they come
 * from. Following a link is allowed, so that the documentation can be linked to.
 */
function isSentByForeignPage(headers: HeaderSource): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return headers.get('sec-fetch-mode') !== 'navigate';
}

interface LocalOrigin {
  readonly origin: string;
  /** What the address of every request to this origin begins with. */
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
