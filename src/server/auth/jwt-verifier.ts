import { decode, verify, verifyWithJwks } from 'hono/jwt';
import type { JWTPayload } from 'hono/utils/jwt/types';
import { callAt } from '../../shared/call-at.ts';
import { systemClock } from '../../shared/clock.ts';
import { SkeinError } from '../../shared/error.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { isShortText } from '../../shared/text.ts';
import { isAgentId, ofAgents } from '../../shared/validate.ts';
import type { Principal } from '../../api/principal.ts';
import type { UserClaims } from '../../api/user.ts';
import { limits } from '../../api/limits.ts';
import type { Logger } from '../logger.ts';
import { defaultProjectId, type TokenAuthOptions } from './auth-options.ts';
import type { Identity } from './authenticator.ts';
import { KeySet } from './key-set.ts';

/** Every asymmetric algorithm that the verifier supports; neither `none` nor a symmetric one. */
const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** How long a verified token is accepted without verifying it again, unless it expires earlier. */
const trustMs = 60_000;
const trustedMax = 10_000;

type VerifyJwt = (token: string) => Promise<Identity>;

/** What a token says of its user besides the id, when it is verified for the first time. */
export type Learn = (user: NamedUser, claims: UserClaims) => Promise<void>;

interface NamedUser {
  readonly projectId: string;
  readonly userId: string;
}

interface Listeners {
  readonly logger?: Logger | undefined;
  readonly learn?: Learn | undefined;
}

/**
 * Verifies JWTs: the signature, `exp`, which must be there, `nbf`, and `aud` and `iss` if
 * configured. The claim `sub` is the user, `project` the project (default `default`), `roles` and
 * `scopes` are the principal's; other claims are ignored. The server chooses the algorithm, never
 * the token: HS256 for the secret, asymmetric ones for the key set, so that a public key can never
 * be used as a secret.
 *
 * `learn` hears of the claims `name` and `picture`, at most once a minute for each token.
 */
export function createJwtVerifier(
  options: TokenAuthOptions,
  { logger, learn }: Listeners,
): VerifyJwt {
  const verifySignature = createSignatureVerifier(options);
  const trusted = new LruMap<string, { readonly identity: Identity; readonly untilMs: number }>(
    trustedMax,
  );
  return async (token) => {
    const known = trusted.get(token);
    if (known !== undefined && known.untilMs > systemClock()) return known.identity;
    const payload = await refused(verifySignature(token), logger);
    const expiresMs = expiryOf(payload, options);
    const principal = principalOf(payload);
    const identity = { ...principal, ...lifetimeUntil(expiresMs) };
    await learn?.(principal, claimsAboutUser(payload));
    trusted.set(token, { identity, untilMs: Math.min(systemClock() + trustMs, expiresMs) });
    return identity;
  };
}

/** In milliseconds. The signature's check has compared it with the clock. */
function expiryOf({ exp }: JWTPayload, options: TokenAuthOptions): number {
  if (exp !== undefined) return exp * 1000;
  if (options.acceptsJwtWithoutExpiry) return Number.POSITIVE_INFINITY;
  throw new SkeinError(
    'unauthenticated',
    'The token lacks the claim `exp`: it would be good for ever. Issue tokens that expire.',
  );
}

function lifetimeUntil(expiresMs: number): Pick<Identity, 'lifetime'> {
  if (expiresMs === Number.POSITIVE_INFINITY) return {};
  return { lifetime: (onEnd) => callAt(systemClock, expiresMs, onEnd) };
}

function createSignatureVerifier(
  options: TokenAuthOptions,
): (token: string) => Promise<JWTPayload> {
  const { jwtSecret, jwksUrl } = options;
  if (jwtSecret === '') throw new TypeError('jwtSecret must not be empty');
  const keySet = jwksUrl === undefined ? undefined : new KeySet(jwksUrl);
  const secretKey = jwtSecret === undefined ? undefined : importSecret(jwtSecret);
  return async (token) => {
    const { header } = decode(token);
    const checks = {
      // The time of issue does not affect validity, and clocks differ by seconds.
      iat: false,
      ...(options.audience === undefined ? {} : { aud: options.audience }),
      ...(options.issuer === undefined ? {} : { iss: options.issuer }),
      // OAuth access tokens (RFC 9068) have their own type; others must be plain JWTs.
      ...(header?.typ?.toLowerCase() === 'at+jwt' ? { typ: 'at+jwt' } : {}),
    };
    if (secretKey !== undefined && (keySet === undefined || header.alg === 'HS256')) {
      return await verify(token, await secretKey, { ...checks, alg: 'HS256' });
    }
    if (keySet === undefined)
      throw new SkeinError(
        'unauthenticated',
        'This server does not accept JWTs: send a server key or a user token.',
      );
    const keys = await keySet.find(header.kid);
    return await verifyWithJwks(token, {
      keys,
      verification: checks,
      allowedAlgorithms: asymmetricAlgorithms,
    });
  };
}

function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, [
    'verify',
  ]);
}

/**
 * Any failure to verify a token means that it is not valid. The library throws its own errors for
 * bad tokens, but also a TypeError for a payload that is not an object and a DOMException for a key
 * that does not fit, and any caller can cause both. The reason goes to the log only.
 */
async function refused(verifying: Promise<JWTPayload>, logger?: Logger): Promise<JWTPayload> {
  try {
    return await verifying;
  } catch (error) {
    if (error instanceof SkeinError) throw error;
    const reason = error instanceof Error ? error.name : 'unknown';
    logger?.debug({ reason }, 'A JWT was rejected.');
    throw new SkeinError('unauthenticated', 'The token is not valid or has expired.', {
      cause: error,
    });
  }
}

function claimsAboutUser({ name, picture, iat }: JWTPayload): UserClaims {
  return {
    ...(typeof name === 'string' && { displayName: name }),
    ...(typeof picture === 'string' && { avatarUrl: picture }),
    ...(typeof iat === 'number' && Number.isFinite(iat) && { issuedAtMs: Math.floor(iat * 1000) }),
  };
}

function principalOf(payload: JWTPayload): Principal & NamedUser {
  const userId = claimOf(payload, 'sub');
  if (userId === undefined)
    throw new SkeinError(
      'unauthenticated',
      'The token lacks the claim `sub`, which must name the user.',
    );
  if (isAgentId(userId))
    throw new SkeinError('unauthenticated', `The token's claim sub ${ofAgents}.`);
  const roles = claimsOf(payload, 'roles');
  const scopes = claimsOf(payload, 'scopes');
  return {
    projectId: claimOf(payload, 'project') ?? defaultProjectId,
    userId,
    ...(roles && { roles }),
    ...(scopes && { scopes }),
  };
}

const claimedMax = 100;

/** A claim with several values: a list, or a text with spaces between them, as OAuth writes it. */
function claimsOf(payload: JWTPayload, name: string): readonly string[] | undefined {
  const value: unknown = payload[name];
  if (value === undefined || value === null) return undefined;
  const values: unknown = typeof value === 'string' ? value.split(' ').filter(Boolean) : value;
  if (Array.isArray(values) && values.length <= claimedMax && values.every(isClaim)) return values;
  throw new SkeinError(
    'unauthenticated',
    `The token's claim ${name} must be a list of at most ${claimedMax} texts of 1 to ${limits.idLengthMax} characters.`,
  );
}

function isClaim(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && isShortText(value, limits.idLengthMax);
}

function claimOf(payload: JWTPayload, name: string): string | undefined {
  const value: unknown = payload[name];
  if (value === undefined || value === null) return undefined;
  if (isClaim(value)) return value;
  throw new SkeinError(
    'unauthenticated',
    `The token's claim ${name} must be 1 to ${limits.idLengthMax} characters.`,
  );
}
