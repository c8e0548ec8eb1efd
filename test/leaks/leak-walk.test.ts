import { describeLeakWalk } from './leak-walk.ts';
import { memory } from '../../src/engines/memory/index.ts';

describeLeakWalk('memory', () => {
  const engine = memory();
  return Promise.resolve({
    open: () => engine,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
