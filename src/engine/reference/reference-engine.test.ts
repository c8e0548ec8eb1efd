import { test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { referenceEngine } from './reference-engine.ts';

conformance({
  name: 'reference',
  test,
  capabilities: { durable: false, atomicAcrossPartitions: true, shared: false },
  factory: () => {
    const engine = referenceEngine();
    return { open: () => engine, reopen: () => engine, destroy: () => {} };
  },
});
