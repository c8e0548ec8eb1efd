import { describe, expect, test } from 'vitest';
import { OpenEngine } from '../../engine/open-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { Records } from '../../records/records.ts';
import { credentials } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { createStore } from '../../store/create-store.ts';
import { doctor } from '../../store/doctor/doctor.ts';
import { sweepTokens } from './tokens.ts';

const backend = { projectId: 'project', name: 'backend' };
const principal = { projectId: 'project', userId: 'u1' };

async function goodOf({ store }: StoreKit, ...secrets: readonly string[]): Promise<boolean[]> {
  const found = await Promise.all(secrets.map((secret) => store.keys.verify(secret)));
  return found.map((key) => key !== undefined);
}

describe('a key that is rotated', () => {
  test('has a new secret, and the old one for the time of grace', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { secret: old, ...key } = await keys.create(backend);
    const { secret, ...rotated } = await keys.rotate(key.id, 60);
    const formerSecretUntil = new Date(kit.clock.nowMs + 60_000).toISOString();
    expect(rotated).toEqual({ ...key, formerSecretUntil });
    expect(await keys.verify(secret)).toEqual(key);
    expect(await keys.verify(old)).toEqual({ ...key, formerSecretUntil });
    expect(await keys.list()).toEqual([{ ...key, formerSecretUntil }]);
    kit.clock.advance(59_999);
    expect(await goodOf(kit, secret, old)).toEqual([true, true]);
    kit.clock.advance(1);
    expect(await goodOf(kit, secret, old)).toEqual([true, false]);
    expect(await keys.list()).toEqual([key]);
  });

  test('without grace ends its old secret now', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { secret: old, id } = await keys.create(backend);
    const { token } = await keys.issueToken(principal, 900, id);
    let ended = 0;
    keys.watch(old, () => ended++);
    keys.watch(token, () => ended++);
    const { secret, formerSecretUntil } = await keys.rotate(id, 0);
    expect(formerSecretUntil).toBeUndefined();
    expect(await goodOf(kit, secret, old)).toEqual([true, false]);
    expect(await keys.verifyToken(token)).toBeUndefined();
    await until(() => ended === 2);
  });

  test('ends the tokens of its old secret with it, and no others', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { id } = await keys.create(backend);
    const before = await keys.issueToken(principal, 900, id);
    await keys.rotate(id, 60);
    const after = await keys.issueToken(principal, 900, id);
    const verify = (): Promise<unknown[]> =>
      Promise.all([before, after].map(({ token }) => keys.verifyToken(token)));
    expect(await verify()).toEqual([principal, principal]);
    kit.clock.advance(60_000);
    expect(await verify()).toEqual([undefined, principal]);
    const { data } = await keys.listTokens({ keyId: id });
    expect(data.map((token) => token.id)).toEqual([after.id]);
  });

  test('is revoked with all its secrets', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { secret, id } = await keys.create(backend);
    const secrets = [secret];
    for (const _ of times(3, String)) secrets.push((await keys.rotate(id)).secret);
    expect(await goodOf(kit, ...secrets)).toEqual([true, true, true, true]);
    await keys.revoke(id);
    expect(await goodOf(kit, ...secrets)).toEqual([false, false, false, false]);
    expect(await codeOf(keys.rotate(id))).toBe('not_found');
  });

  test('by several at once has one key, and every secret is good', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { secret, id } = await keys.create(backend);
    const rotated = await Promise.all(times(5, () => keys.rotate(id)));
    expect(await keys.list()).toHaveLength(1);
    const secrets = rotated.map((key) => key.secret);
    expect(await goodOf(kit, secret, ...secrets)).toEqual(times(6, () => true));
    const current = (await kit.rows(credentials)).filter(({ kind }) => kind === 'key');
    expect(current).toHaveLength(1);
  });

  test('leaves nothing behind in the end', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { id } = await keys.create(backend);
    await keys.rotate(id, 60);
    await keys.rotate(id, 120);
    kit.clock.advance(120_001);
    await kit.store.close();
    const records = new Records(await OpenEngine.open(kit.engine, allTables));
    // The parts of a core that the sweep needs.
    const core = { records, clock: () => kit.clock.nowMs, memory: new Map() } as unknown as Core;
    await sweepTokens(core);
    const kinds = (await kit.rows(credentials)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['key', 'mark']);
  });

  test('is whole for the doctor', async () => {
    await using kit = await openKit();
    const { id } = await kit.store.keys.create(backend);
    await kit.store.keys.rotate(id);
    await kit.store.close();
    expect((await doctor(kit.engine, { repair: false })).problems).toEqual([]);
  });

  test('keeps its old secret for a week at most', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { id } = await keys.create(backend);
    for (const grace of [-1, 1.5, 604_801, Number.NaN])
      expect(await issuesOf(keys.rotate(id, grace))).toEqual(['graceSeconds']);
    expect(await codeOf(keys.rotate(id, 604_800))).toBe('none');
    expect(await codeOf(keys.rotate('unknown'))).toBe('not_found');
    const operator = await keys.operators.create('op');
    expect(await codeOf(keys.rotate(operator.id))).toBe('not_found');
  });
});

describe.each(sharedPlaces)('another process, on %s,', (_name, create) => {
  test('ends the old secret, and a revoked token, here', async () => {
    await using place = await create();
    await using here = await createStore({ engine: place.open() });
    await using there = await createStore({ engine: place.open() });
    const { secret, id } = await there.keys.create(backend);
    const { token, id: tokenId } = await there.keys.issueToken(principal, 900);
    const ended: string[] = [];
    here.keys.watch(secret, () => ended.push('secret'));
    here.keys.watch(token, () => ended.push('token'));
    expect(await here.keys.verifyToken(token)).toEqual(principal);
    await there.keys.revokeToken('project', tokenId);
    await until(() => ended.join() === 'token');
    expect(await here.keys.verifyToken(token)).toBeUndefined();
    const rotated = await there.keys.rotate(id, 0);
    await until(() => ended.join() === 'token,secret');
    expect(await here.keys.verify(secret)).toBeUndefined();
    expect((await here.keys.verify(rotated.secret))?.id).toBe(id);
  });
});
