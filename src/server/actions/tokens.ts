import type { TokenNoun } from '../../api/operations/tokens.ts';
import { limits } from '../../api/limits.ts';
import { systemClock } from '../../shared/clock.ts';
import { empty, json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const tokenActions: Actions<TokenNoun> = {
  async createToken({ body, identity, server }) {
    const { keyId, projectId, keyUntilMs } = identity;
    const { audience, ttlSeconds = limits.tokenTtlSecondsDefault, ...user } = body;
    const { keys } = server.store;
    const seconds = Math.min(ttlSeconds, secondsUntil(keyUntilMs));
    return json(201, await keys.issueToken({ ...user, projectId }, seconds, keyId, audience));
  },

  async listTokens({ query, identity: { projectId }, server }) {
    return json(200, await server.store.keys.listTokens({ ...query, projectId }));
  },

  async revokeToken(call) {
    await call.server.store.keys.revokeToken(call.identity.projectId, call.param('tokenId'));
    return empty(204);
  },
};

/** A secret that a rotation has replaced mints nothing that outlives it. */
function secondsUntil(endMs = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.floor((endMs - systemClock()) / 1000));
}
