import type { KeyNoun } from '../../api/operations/keys.ts';
import { empty, json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const keyActions: Actions<KeyNoun> = {
  async listKeys({ server: { store } }) {
    const { keys } = store;
    return json(200, { data: await keys.list(), operators: await keys.operators.list() });
  },

  createKey: async ({ body, server }) => json(201, await server.store.keys.create(body)),

  async revokeKey(call) {
    await call.server.store.keys.revoke(call.param('keyId'));
    return empty(204);
  },
};
