import type { TokenNoun } from '../../api/operations/tokens.ts';
import { json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const tokenActions: Actions<TokenNoun> = {
  async createToken({ body, identity, server }) {
    const principal = { projectId: identity.projectId, userId: body.userId };
    const { keyId } = identity;
    return json(201, await server.store.keys.issueToken(principal, body.ttlSeconds, keyId));
  },
};
