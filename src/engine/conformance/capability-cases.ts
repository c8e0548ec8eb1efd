import assert from 'node:assert/strict';
import type { Capabilities } from '../engine.ts';
import type { Topic } from './topic.ts';

export function capabilityCases(expected: Partial<Capabilities>): Topic {
  return {
    name: 'capabilities',
    cases: {
      'every flag is a boolean, and as enrolled': {
        run({ engine }) {
          const { durable, atomicAcrossPartitions, shared } = engine.capabilities;
          for (const flag of [durable, atomicAcrossPartitions, shared]) {
            assert.equal(typeof flag, 'boolean');
          }
          const actual: Capabilities = { durable, atomicAcrossPartitions, shared };
          assert.deepEqual({ ...actual, ...expected }, actual);
          return Promise.resolve();
        },
      },
      'a claim comes with the means to check it': {
        run({ engine, subject }) {
          const { durable, shared } = engine.capabilities;
          const canCheckDurable = subject.reopen !== undefined && subject.crash !== undefined;
          assert.ok(
            !durable || canCheckDurable,
            'The engine claims to be durable: give the subject `reopen` and `crash`.',
          );
          assert.ok(
            !shared || subject.reopen !== undefined,
            'The engine claims to be shared: give the subject `reopen`.',
          );
          return Promise.resolve();
        },
      },
      'the engine has a name': {
        run({ engine }) {
          assert.match(engine.name, /^[a-z]/);
          return Promise.resolve();
        },
      },
    },
  };
}
