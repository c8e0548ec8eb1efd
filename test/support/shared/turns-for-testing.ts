/**
 * Lets all ready callbacks run, and those that they make ready. In a memory store, which never
 * waits for a disk, nothing else happens by itself. It does not depend on the speed of the machine.
 */
export async function someTurns(count: number = 50): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
