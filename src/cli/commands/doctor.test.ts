import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

describe('skein doctor', () => {
  test('finds a healthy store healthy', async () => {
    await kit.writeFile(
      't.jsonl',
      '{"type":"thread","format":1,"thread":{"id":"t"}}\n{"type":"item","item":{"key":"a","role":"user","text":"x"}}\n{"type":"end","items":1,"edges":0}',
    );
    await kit.run(['import', join(kit.folder, 't.jsonl')]);
    expect(await kit.run(['doctor'])).toEqual({
      code: 0,
      out: 'Checked 1 thread with 1 item: no problems.\n',
      err: '',
    });
    expect(await kit.json(['doctor', '--repair'])).toEqual([
      { threads: 1, items: 1, problems: [] },
    ]);
  });
});
