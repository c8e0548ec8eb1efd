import { describe, expect, test, vi } from 'vitest';
import { Wakeup, type RingSource } from './wakeup.ts';

/** So long that no test waits for it. */
const longMs = 1_000_000;

/** A source that a test rings, and how many listen to it. */
function sourceForTesting(): { source: RingSource; ring: () => void; listeners: () => number } {
  const rings = new Set<() => void>();
  return {
    source: (ring) => {
      rings.add(ring);
      return () => rings.delete(ring);
    },
    ring: () => rings.forEach((ring) => ring()),
    listeners: () => rings.size,
  };
}

/** Whether a promise is settled by now, all that waits to run having run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('a wakeup', () => {
  test('sleeps until one of its sources rings', async () => {
    const [one, other] = [sourceForTesting(), sourceForTesting()];
    const wakeup = new Wakeup({ sources: [one.source, other.source] });
    for (const { ring } of [one, other, one]) {
      wakeup.reset();
      const waiting = wakeup.wait(longMs);
      expect(await isSettled(waiting)).toBe(false);
      ring();
      expect(await isSettled(waiting)).toBe(true);
    }
    wakeup.release();
  });

  test('misses no ring that comes during a look, and forgets those before it', async () => {
    const { source, ring } = sourceForTesting();
    const wakeup = new Wakeup({ sources: [source] });
    ring();
    wakeup.reset();
    const waiting = wakeup.wait(longMs);
    expect(await isSettled(waiting)).toBe(false);
    ring();
    await waiting;
    wakeup.reset();
    ring();
    expect(await isSettled(wakeup.wait(longMs))).toBe(true);
    wakeup.release();
  });

  test('wakes by itself in the end, as often as it sleeps', async () => {
    const wakeup = new Wakeup();
    await wakeup.wait(0);
    await wakeup.wait(1);
    wakeup.release();
  });

  test('does not sleep once its signal has aborted', async () => {
    const abort = new AbortController();
    const wakeup = new Wakeup({ signal: abort.signal });
    const waiting = wakeup.wait(longMs);
    abort.abort();
    expect(await isSettled(waiting)).toBe(true);
    for (const late of [wakeup, new Wakeup({ signal: abort.signal })]) {
      late.reset();
      expect(await isSettled(late.wait(longMs))).toBe(true);
    }
  });

  test('leaves its sources and its signal, and wakes who waits', async () => {
    const { source, listeners } = sourceForTesting();
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const wakeup = new Wakeup({ sources: [source], signal });
    expect(listeners()).toBe(1);
    const waiting = wakeup.wait(longMs);
    wakeup.release();
    expect(await isSettled(waiting)).toBe(true);
    expect(listeners()).toBe(0);
    expect(remove).toHaveBeenCalledExactlyOnceWith('abort', wakeup.ring);
  });

  test.each([true, false])('that keeps the process: %s', async (keepsProcess) => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const wakeup = new Wakeup({ keepsProcess });
    const before = timers();
    const waiting = wakeup.wait(longMs);
    expect(timers() - before).toBe(keepsProcess ? 1 : 0);
    wakeup.release();
    await waiting;
  });
});
