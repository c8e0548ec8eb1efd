import type { Endpoint } from '../api/operation.ts';
import { keyEndpoints, type KeyBody, type KeyList } from '../api/operations/keys.ts';
import { pathTo, splitEndpoint } from '../protocol/path.ts';
import { errorOfProblem, type Problem } from '../protocol/problem.ts';
import { CliError } from './cli-error.ts';
import { readOperatorKey } from './server-file.ts';
import type { IssuedKey, Store } from './store-types.ts';

/** What the operator does with keys, in the store itself or through the server that has it open. */
export interface KeyCalls {
  create(key: KeyBody): Promise<IssuedKey>;
  list(): Promise<KeyList>;
  revoke(keyId: string): Promise<void>;
}

export function keysInStore({ keys }: Store): KeyCalls {
  return {
    create: (key) => keys.create(key),
    list: async () => ({ data: await keys.list(), operators: await keys.operators.list() }),
    revoke: (keyId) => keys.revoke(keyId),
  };
}

/**
 * With the operator key that the server has left in its directory. Throws `CliError` without it.
 */
export async function keysOnServer(url: string, directory: string): Promise<KeyCalls> {
  const secret = await readOperatorKey(directory);
  if (secret === undefined) {
    throw new CliError(
      `A server has the store open, at ${url}, and its operator key cannot be read.`,
      {
        hint: 'Run the command as the user that runs the server, or stop the server first.',
      },
    );
  }
  const send = async (endpoint: Endpoint, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(url + path, {
      method: splitEndpoint(endpoint).method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.status === 204) return undefined;
    const value: unknown = await response.json();
    if (!response.ok) throw errorOfProblem(value as Problem); // every error of a server is one
    return value;
  };
  const { createKey, listKeys, revokeKey } = keyEndpoints;
  return {
    // The server's answers have the types of its table.
    create: async (key) => (await send(createKey, pathTo(createKey, {}), key)) as IssuedKey,
    list: async () => (await send(listKeys, pathTo(listKeys, {}))) as KeyList, // likewise
    async revoke(keyId) {
      await send(revokeKey, pathTo(revokeKey, { keyId }));
    },
  };
}
