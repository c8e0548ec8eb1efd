import type { PinsApi } from '../../api/pin.ts';
import type { Noun } from '../base/noun.ts';
import { examinePins } from './examine-pins.ts';
import { listPins } from './list-pins.ts';
import { addPins, dropRedacted, removePins } from './set-pins.ts';

/** The items that those who lead a thread keep in view. */
export const pinsNoun: Noun<{ pins: PinsApi }> = {
  name: 'pins',
  examine: { thread: examinePins },
  api: (reading) => ({
    pins: {
      add: (threadId, itemIds, options) => addPins(reading, threadId, itemIds, options),
      remove: (threadId, itemIds, options) => removePins(reading, threadId, itemIds, options),
      list: (threadId, options) => listPins(reading, threadId, options),
    },
  }),
  onRedact: dropRedacted,
};
