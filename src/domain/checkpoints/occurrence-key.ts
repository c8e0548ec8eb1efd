/** The key of the item for a message without an id: its element, and its occurrence from 1. */
export function occurrenceKey(elementId: number, occurrence: number): string {
  return `#${elementId}.${occurrence}`;
}
