/** The key of the item that shows a message without an id: of its element, and which occurrence it is, from 1. */
export function occurrenceKey(elementId: number, occurrence: number): string {
  return `#${elementId}.${occurrence}`;
}
