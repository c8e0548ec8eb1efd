import type { Item } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { VersionOptions } from './write-options.ts';

export interface PinsApi {
  /**
   * Pins items in a thread, all in one commit. One that is pinned already stays so. A thread has at
   * most 50 pins; one more is a `conflict`. For those who lead the thread, and in a direct thread
   * for both.
   *
   * @example
   * await project.pins.add(thread.id, [item.id]);
   */
  add(threadId: string, itemIds: readonly string[], options?: VersionOptions): Promise<Item[]>;
  /** Takes the pins from items. One that is not pinned is left out. */
  remove(threadId: string, itemIds: readonly string[], options?: VersionOptions): Promise<void>;
  /** The pinned items that the caller sees, the newest item first. */
  list(threadId: string, options?: PageOptions): Promise<Page<Item>>;
}
