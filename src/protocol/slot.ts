import type { ElementSlot, Slot, SlotFields } from '../api/operation.ts';

/** Whether it has one element of the array that a verb takes. */
export function isElementSlot(slot: Slot): slot is ElementSlot {
  return Array.isArray(slot);
}

/** Whether it has an object with fields from several slots. */
export function isObjectSlot(slot: Slot): slot is SlotFields {
  return typeof slot === 'object' && !isElementSlot(slot);
}

/** Whether it has an array in a field of the body. */
export function isListSlot(slot: Slot): slot is `body.${string}` {
  return typeof slot === 'string' && slot.startsWith('body.');
}

/** The name of the field that has the array. */
export function fieldOfList(slot: `body.${string}`): string {
  return slot.slice('body.'.length);
}
