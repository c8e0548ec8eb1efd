import { describe, expect, test } from 'vitest';
import { nodeOptionsOf } from './product-node-options.ts';

describe('the options of a first line', () => {
  const cases: readonly (readonly [program: string, options: readonly string[]])[] = [
    ['#!/usr/bin/env -S node --max-semi-space-size=16\nimport a;', ['--max-semi-space-size=16']],
    ['#!/usr/bin/env -S node --a=1  --b \nnode --c', ['--a=1', '--b']],
    ['#!/usr/bin/env node\nnode --a', []],
    ['import a;\n#! node --a', []],
  ];
  test.each(cases)('of %j', (program, options) => {
    expect(nodeOptionsOf(program)).toEqual(options);
  });
});
