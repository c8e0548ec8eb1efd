import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { User } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

const ada = { id: 'ada', displayName: 'Ada Lovelace', avatarUrl: '/ada.png', kind: 'person' };
const set = ['users', 'set', 'ada', '--name', 'Ada Lovelace', '--avatar', '/ada.png'];

describe('skein users', () => {
  test('are set, shown and listed in the store itself', async () => {
    expect(await kit.run(set)).toMatchObject({ code: 0 });
    expect(await kit.json<User>(['users', 'show', 'ada'])).toEqual([{ ...ada, metadata: {} }]);
    expect((await kit.run(['users', 'show', 'ada'])).out).toMatch(/^ada · person\nname: Ada Love/);
    expect((await kit.run(['users', 'list'])).out).toMatch(
      /ID +NAME +KIND +AVATAR\nada +Ada Lovelace +person +\/ada\.png/,
    );
    expect(await kit.json(['users', 'set', 'ada', '--avatar', ''])).toEqual([
      { ...ada, avatarUrl: null, metadata: {} },
    ]);
    expect((await kit.run(['users', 'list', '--project', 'other'])).err).toContain('No users.');
  });

  test('are set through a server that has the directory open', async () => {
    await kit.serve();
    expect(await kit.json(set)).toEqual([{ ...ada, metadata: {} }]);
    expect(await kit.json(['users', 'list'])).toEqual([{ ...ada, metadata: {} }]);
  });

  test('take a server key where a server asks for credentials', async () => {
    await kit.serve();
    const [key] = await kit.json<{ secret: string }>(['keys', 'create', 'backend']);
    expect(await kit.run(set)).toMatchObject({ code: 1 });
    expect(await kit.json([...set, '--token', key!.secret])).toEqual([{ ...ada, metadata: {} }]);
  });

  test('say what is wrong', async () => {
    expect(await kit.run(['users', 'set', 'ada'])).toMatchObject({ code: 2 });
    const { code, err } = await kit.run(['users', 'set', 'ada', '--avatar', 'http://x.example']);
    expect([code, err]).toEqual([1, expect.stringContaining('https')]);
    await kit.run(set);
    expect(await kit.run(['users', 'show', 'ben'])).toMatchObject({ code: 1 });
  });
});
