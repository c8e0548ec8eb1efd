import { test } from 'vitest';
import { conformance } from '../../engine/conformance/index.ts';
import { memory } from './index.ts';

const capabilities = { durable: false, atomicAcrossPartitions: true, shared: false };

// The second one splits its chunks all the time.
for (const [name, config] of Object.entries({ memory: {}, 'memory, small chunks': { chunkRowsMax: 2 } })) {
  conformance({
    name,
    test,
    capabilities,
    factory: () => {
      const engine = memory(config);
      return { open: () => engine, reopen: () => engine, destroy: () => {} };
    },
  });
}
