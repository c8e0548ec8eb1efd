import { tokenBodySchema, type TokenBody } from '../../protocol/tokens.ts';
import { json } from '../answer.ts';
import { defineRoute, type Route } from '../route.ts';

const createToken = defineRoute<TokenBody>({
  method: 'POST',
  path: '/v1/tokens',
  name: 'createToken',
  group: 'Tokens',
  summary: 'Mint a user token',
  description:
    "For a server key only: a short-lived token that speaks for one user of the key's project, to be given to that " +
    "user's browser.",
  access: 'serverKey',
  body: {
    schema: tokenBodySchema,
    name: 'CreateToken',
    example: { userId: 'u1', ttlSeconds: 900 },
  },
  answers: { 201: { description: 'The token, shown this once.', schema: 'IssuedToken' } },
  async action(call) {
    const { userId, ttlSeconds } = call.body;
    const principal = { projectId: call.identity.projectId, userId };
    return json(201, await call.server.store.keys.issueToken(principal, ttlSeconds));
  },
});

export const tokenRoutes: readonly Route[] = [createToken];
