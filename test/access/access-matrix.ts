/**
 * Every operation that names a thread, asked by callers in every relation to threads of every mode
 * and visibility. The table of rules says what each gets. Where it allows nothing, an anonymous
 * caller must sign in (401), one that may not know of the thread finds none (404), and one that
 * sees it may not do this (403). A refusal says nothing of the thread and changes nothing.
 */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { errorStatuses } from '../../src/protocol/error-statuses.ts';
import { splitEndpoint } from '../../src/protocol/path.ts';
import type { ErrorCode } from '../../src/shared/error.ts';
import { allNouns, tablesOf } from '../../src/store/nouns.ts';
import { rowsOf } from '../support/store/store-kit-for-testing.ts';
import {
  AccessWorld,
  canary,
  mayThere,
  type Place,
  type PlacedThread,
  type Role,
} from './access-world.ts';
import {
  endpointsOf,
  operationRules,
  type OperationName,
  type RuledRequest,
  type Situation,
} from './operation-rules.ts';

/** One request of the matrix, and what must come of it. */
interface Entry {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly request: RuledRequest;
  readonly role: Role;
  readonly expected: Expected;
}

interface Expected {
  readonly isAllowed: boolean;
  /** `success`: any of those. */
  readonly status: number | 'success';
}

function* entriesOf(place: Place, roles: readonly Role[]): Generator<Entry> {
  for (const [operation, requests] of Object.entries(operationRules)) {
    const { method, path } = splitEndpoint(endpointsOf[operation as OperationName]);
    for (const request of requests) {
      for (const role of roles) {
        if (request.where?.({ place, role }) === false) continue;
        // Only those who read name the key of an unlisted thread.
        if (place.guessable === 'key' && (method !== 'GET' || !path.startsWith('/v1/threads/'))) {
          continue;
        }
        const expected = expectedOf({ method, request }, place, role);
        const form = request.form === undefined ? '' : ` (${request.form})`;
        yield {
          name: `${operation}${form} by ${role.name}`,
          method,
          path,
          request,
          role,
          expected,
        };
      }
    }
  }
}

function expectedOf(
  { method, request }: Pick<Entry, 'method' | 'request'>,
  place: Place,
  role: Role,
): Expected {
  const may: Situation['may'] = (action) => mayThere(place, role, action);
  const situation = { place, role, may };
  const denied = (status: number): Expected => ({ isAllowed: false, status });
  const isAnonymous = role.principal.userId === undefined;
  const isReading = request.isReading ?? method === 'GET';
  if (role.isRefused || (isAnonymous && !isReading)) return denied(401);
  if (!request.isByLink && !may('read'))
    return denied(isAnonymous ? 401 : (request.unknown ?? 404));
  if (!request.takes.every(may) || request.ifAlso?.(situation) === false) {
    return denied(request.refused?.(situation) ?? (isAnonymous ? 401 : 403));
  }
  return { isAllowed: true, status: request.allowed?.(situation) ?? 'success' };
}

/** Asks, and says what is wrong with the answer; `undefined` if nothing is. */
async function ask(
  { kit }: AccessWorld,
  thread: PlacedThread,
  { name, method, path, request, role, expected }: Entry,
): Promise<string | undefined> {
  const values = await (request.values?.(thread, role) ?? thread.values());
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, parameter: string) => {
    const value = values[parameter];
    if (value === undefined) throw new TypeError(`Add to this test what {${parameter}} names.`);
    return encodeURIComponent(value);
  });
  const key = thread.linkKey === undefined ? [] : [`k=${thread.linkKey}`];
  const query = [...(request.query ? [request.query(thread)] : []), ...key].join('&');
  const json = request.json?.(thread, role);
  const response = await kit.send(method, query === '' ? filled : `${filled}?${query}`, {
    headers: role.headers,
    ...(json !== undefined && { json }),
  });
  const text = await readBeginning(response);
  const status = request.isChannel ? statusInChannel(response, text) : response.status;
  const isSuccess = status >= 200 && status < 300;
  const isRight = expected.status === 'success' ? isSuccess : status === expected.status;
  if (!isRight) {
    const [detail] = /"detail":"[^"]*"/.exec(text) ?? [text.slice(0, 100)];
    return `${name}: ${status} in place of ${expected.status}, ${detail}`;
  }
  if (!expected.isAllowed && text.includes(canary)) return `${name}: told ${text}`;
  return undefined;
}

/** The body, or the first event of a live tail, which does not end. */
async function readBeginning(response: Response): Promise<string> {
  const isTail = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isTail || response.body === null) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    if (/^event: .*\n(?:.+\n)*\n/m.test(text)) break;
  }
  return text;
}

/** A channel ends each thread by itself, with the code of the refusal. */
function statusInChannel({ status }: Response, text: string): number {
  const code = /^event: end\ndata: .*"code":"(\w+)"/m.exec(text)?.[1];
  return code === undefined ? status : errorStatuses[code as ErrorCode];
}

async function dump(engine: Engine): Promise<string> {
  const tables = tablesOf(allNouns);
  const rows = await Promise.all(tables.map((table) => rowsOf(engine, table)));
  return JSON.stringify(rows.map((of, i) => [tables[i]!.name, of]));
}

/** The tests of these places. */
export function describeAccessMatrix(
  name: string,
  places: readonly Place[],
  createEngine: () => Engine,
): void {
  describe(`what callers may do, on ${name}`, () => {
    test.each(places.map((place) => [place.name, place] as const))('%s', async (_name, place) => {
      await using world = await AccessWorld.open(createEngine());
      const shared = await world.thread(place);
      await shared.moreValues();
      const entries = [...entriesOf(place, world.roles)];
      const wrong: string[] = [];
      const all = async (chosen: readonly Entry[], isFresh: boolean): Promise<void> => {
        for (const entry of chosen) {
          const thread = isFresh ? await world.thread(place) : shared;
          const found = await ask(world, thread, entry);
          if (found !== undefined) wrong.push(found);
        }
      };
      const before = await dump(world.engine);
      const refused = entries.filter(({ expected }) => !expected.isAllowed);
      await all(refused, false);
      expect(wrong).toEqual([]);
      expect(await dump(world.engine)).toBe(before);
      const allowed = entries.filter(({ expected }) => expected.isAllowed);
      await all(
        allowed.filter(({ method }) => method === 'GET'),
        false,
      );
      await all(
        allowed.filter(({ method }) => method !== 'GET'),
        true,
      );
      expect(wrong).toEqual([]);
      expect([refused.length, allowed.length].every((count) => count > 20)).toBe(true);
    });
  });
}
