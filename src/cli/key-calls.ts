import type { Endpoint } from '../api/operation.ts';
import { keyEndpoints, type KeyBody, type KeyList } from '../api/operations/keys.ts';
import { pathTo, splitEndpoint } from '../protocol/path.ts';
import { errorOfProblem, type Problem } from '../protocol/problem.ts';
import { CliError } from './cli-error.ts';
import { readOperatorKey } from './server-file.ts';
import type { IssuedKey, Page, PageOptions, Store, TokenInfo } from './store-types.ts';

/** What the operator does with keys, in the store itself or through the server that has it open. */
export interface KeyCalls {
  create(key: KeyBody): Promise<IssuedKey>;
  list(): Promise<KeyList>;
  rotate(keyId: string, graceSeconds: number): Promise<IssuedKey>;
  /** The tokens that a key has minted, newest first. */
  tokens(keyId: string, options: PageOptions): Promise<Page<TokenInfo>>;
  revoke(keyId: string): Promise<void>;
}

export function keysInStore({ keys }: Store): KeyCalls {
  return {
    create: (key) => keys.create(key),
    list: async () => ({ data: await keys.list(), operators: await keys.operators.list() }),
    rotate: (keyId, graceSeconds) => keys.rotate(keyId, graceSeconds),
    tokens: (keyId, options) => keys.listTokens({ ...options, keyId }),
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
  const { createKey, listKeys, listKeyTokens, revokeKey, rotateKey } = keyEndpoints;
  return {
    // The server's answers have the types of its table.
    create: async (key) => (await send(createKey, pathTo(createKey, {}), key)) as IssuedKey,
    list: async () => (await send(listKeys, pathTo(listKeys, {}))) as KeyList, // likewise
    async rotate(keyId, graceSeconds) {
      const path = pathTo(rotateKey, { keyId });
      return (await send(rotateKey, path, { graceSeconds })) as IssuedKey; // likewise
    },
    async tokens(keyId, { limit, after }) {
      const query = new URLSearchParams({ limit: String(limit), ...(after && { after }) });
      const path = `${pathTo(listKeyTokens, { keyId })}?${query}`;
      return (await send(listKeyTokens, path)) as Page<TokenInfo>; // likewise
    },
    async revoke(keyId) {
      await send(revokeKey, pathTo(revokeKey, { keyId }));
    },
  };
}
