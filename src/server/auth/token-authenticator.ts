import { SkeinError } from '../../shared/error.ts';
import type { KeysApi } from '../../api/key.ts';
import type { OperatorUsersApi } from '../../api/user.ts';
import type { Logger } from '../logger.ts';
import { readUserId } from '../request/headers.ts';
import type { HeaderSource } from '../request/request-source.ts';
import type { Authenticator, Identity, Lifetime } from './authenticator.ts';
import { defaultProjectId, verifiesJwts, type TokenAuthOptions } from './auth-options.ts';
import { createJwtVerifier, type Learn } from './jwt-verifier.ts';

const anonymous: Identity = { projectId: defaultProjectId };

/** What it needs of a store. */
export interface TokenStore {
  readonly keys: KeysApi;
  readonly operator: { readonly users: OperatorUsersApi };
}

/** Bearer tokens. The prefix tells the kind, so that a token is never tried as another kind. */
export function createTokenAuthenticator(
  { keys, operator }: TokenStore,
  options: TokenAuthOptions,
  logger?: Logger,
): Authenticator {
  const verifyJwt = createJwtVerifier(options, { logger, learn: learnIn(operator.users, logger) });
  const protect = verifiesJwts(options) ? protectOnce(keys) : undefined;
  return {
    guard() {
      // Any host and any page may call: a page has no token unless it was given one.
    },
    async identify(_request, headers) {
      const header = headers.get('authorization');
      if (header === null) return anonymous;
      const token = /^bearer +([^\s]+)$/i.exec(header)?.[1];
      if (token === undefined)
        throw unauthenticated('Send the credential as Authorization: Bearer TOKEN.');
      if (token.startsWith('sk_')) return await identifyServerKey(keys, token, headers);
      if (token.startsWith('ut_')) return await identifyUserToken(keys, token, options.audience);
      await protect?.();
      return await verifyJwt(token);
    },
  };
}

/** A caller whose name cannot be stored now is still the caller. */
function learnIn(users: OperatorUsersApi, logger: Logger | undefined): Learn {
  return async (user, claims) => {
    try {
      await users.learn(user, claims);
    } catch (error) {
      if (!(error instanceof SkeinError)) throw error;
      logger?.debug({ code: error.code }, 'What a token says of its user was not stored.');
    }
  };
}

/** A failure is that of the request, and the next one tries again. */
function protectOnce(keys: KeysApi): () => Promise<void> {
  let protecting: Promise<void> | undefined;
  const protect = async (): Promise<void> => {
    try {
      await keys.protect();
    } catch (error) {
      protecting = undefined;
      throw error;
    }
  };
  return () => (protecting ??= protect());
}

async function identifyServerKey(
  keys: KeysApi,
  secret: string,
  headers: HeaderSource,
): Promise<Identity> {
  const key = await keys.verify(secret);
  if (key === undefined) throw unauthenticated('The server key is not valid or was revoked.');
  const userId = readUserId(headers);
  const identity = {
    projectId: key.projectId,
    isServer: true,
    keyId: key.id,
    ...(key.formerSecretUntil && { keyUntilMs: Date.parse(key.formerSecretUntil) }),
    lifetime: lifetimeOf(keys, secret),
  };
  return userId === undefined ? identity : { ...identity, userId };
}

async function identifyUserToken(
  keys: KeysApi,
  secret: string,
  audience: string | undefined,
): Promise<Identity> {
  const principal = await keys.verifyToken(secret, audience);
  if (principal === undefined) throw unauthenticated('The user token is not valid or has expired.');
  return { ...principal, lifetime: lifetimeOf(keys, secret) };
}

function lifetimeOf(keys: KeysApi, secret: string): Lifetime {
  return (onEnd) => keys.watch(secret, onEnd);
}

function unauthenticated(message: string): SkeinError {
  return new SkeinError('unauthenticated', message);
}
