import type { KeyNoun } from '../../api/operations/keys.ts';
import { empty, json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const keyActions: Actions<KeyNoun> = {
  async listKeys({ server: { store } }) {
    const { keys } = store;
    return json(200, { data: await keys.list(), operators: await keys.operators.list() });
  },

  createKey: async ({ body, server }) => json(201, await server.store.keys.create(body)),

  async rotateKey(call) {
    const { keys } = call.server.store;
    return json(201, await keys.rotate(call.param('keyId'), call.body.graceSeconds));
  },

  async listKeyTokens(call) {
    const { keys } = call.server.store;
    return json(200, await keys.listTokens({ ...call.query, keyId: call.param('keyId') }));
  },

  async revokeKey(call) {
    await call.server.store.keys.revoke(call.param('keyId'));
    return empty(204);
  },
};
