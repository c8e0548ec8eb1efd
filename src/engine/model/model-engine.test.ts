import { test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { modelEngine } from './model-engine.ts';

conformance({
  name: 'model',
  test,
  capabilities: { durable: false, atomicAcrossPartitions: true, shared: false },
  factory: () => {
    const engine = modelEngine();
    return { open: () => engine, reopen: () => engine, destroy: () => {} };
  },
});
