/**
 * Lets everything run that is ready to, and what that makes ready: of a store in memory, where
 * nothing waits for a disk, this is all that happens by itself. It takes no time, however slow the
 * machine is.
 */
export async function someTurns(count: number = 50): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
