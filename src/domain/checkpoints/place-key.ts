/** The key of the item that shows a message without an id: the element's, and how often it came before. */
export function placeKey(elementId: number, count: number): string {
  return `#${elementId}.${count}`;
}
