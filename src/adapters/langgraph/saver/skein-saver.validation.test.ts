import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation';
import * as vitest from 'vitest';
import { createStore } from '../../../store/index.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';

/**
 * The suite by which LangGraph checks its own savers, on every engine. It takes its functions from
 * the globals, and only when it is called.
 */
Object.assign(globalThis, vitest);

for (const [name, createPlace] of enginePlaces) {
  const opened = new Map<SkeinSaver, AsyncDisposableStack>();
  const initializer = {
    checkpointerName: `SkeinSaver on ${name}`,
    createCheckpointer: async (): Promise<SkeinSaver> => {
      const stack = new AsyncDisposableStack();
      const place = stack.use(await createPlace());
      const store = stack.use(await createStore({ engine: place.open() }));
      const saver = new SkeinSaver({ store });
      opened.set(saver, stack);
      return saver;
    },
    destroyCheckpointer: async (saver: SkeinSaver): Promise<void> => {
      await opened.get(saver)?.disposeAsync();
      opened.delete(saver);
    },
  };
  validate(initializer);
  deltaChannelHistoryTests(initializer);
}
