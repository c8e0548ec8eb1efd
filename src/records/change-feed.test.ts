import { describe, expect, test } from 'vitest';
import { times } from '../../test/support/store/store-kit-for-testing.ts';
import { headForTesting } from '../../test/support/store/writer-kit-for-testing.ts';
import { ChangeFeed, type ThreadCommit } from './change-feed.ts';

const { id } = headForTesting('thread');
const { id: otherId } = headForTesting('other');

/** A commit that leads from one version to another. */
function commit(baseVersion: number, version: number = baseVersion + 1): ThreadCommit {
  return { baseVersion, head: headForTesting(id, { version }), items: [], changes: [] };
}

/** A feed with one listener, and how often it was called. */
function listen(): { feed: ChangeFeed; hints: () => number; leave: () => void } {
  const feed = new ChangeFeed();
  let hints = 0;
  const leave = feed.subscribe(id, () => hints++);
  return { feed, hints: () => hints, leave };
}

const versionsSince = (feed: ChangeFeed, version: number): number[] | undefined =>
  feed.recentSince(id, version)?.map(({ head }) => head.version);

describe('the change feed', () => {
  test('calls every listener of the thread once a commit, and no other', () => {
    const { feed, hints } = listen();
    let others = 0;
    let seconds = 0;
    feed.subscribe(otherId, () => others++);
    feed.subscribe(id, () => seconds++);
    feed.publish(id, commit(1), 1);
    feed.publish(id, commit(2), 1);
    expect([hints(), seconds, others]).toEqual([2, 2, 0]);
  });

  test('is silent for who has left, however often', () => {
    const { feed, hints, leave } = listen();
    let stayed = 0;
    feed.subscribe(id, () => stayed++);
    leave();
    leave();
    feed.publish(id, commit(1), 1);
    expect([hints(), stayed]).toEqual([0, 1]);
  });

  test('shows a commit to the listener that it is told of', () => {
    const feed = new ChangeFeed();
    const seen: unknown[] = [];
    feed.subscribe(id, () => seen.push(versionsSince(feed, 1)));
    feed.publish(id, commit(1), 1);
    expect(seen).toEqual([[2]]);
  });

  test('lets a listener leave, or come, while it is told', () => {
    const feed = new ChangeFeed();
    const told: string[] = [];
    const leave = feed.subscribe(id, () => {
      told.push('first');
      leave();
    });
    feed.subscribe(id, () => told.push('second'));
    feed.publish(id, commit(1), 1);
    feed.publish(id, commit(2), 1);
    expect(told).toEqual(['first', 'second', 'second']);
  });

  test('keeps nothing where nobody listens', () => {
    const { feed, leave } = listen();
    feed.publish(otherId, commit(1), 1);
    expect(feed.recentSince(otherId, 1)).toBeUndefined();
    feed.publish(id, commit(1), 1);
    leave();
    feed.subscribe(id, () => undefined);
    expect(versionsSince(feed, 1)).toBeUndefined();
  });

  test('gives the commits that lead on from a version', () => {
    const { feed } = listen();
    feed.publish(id, commit(1, 4), 1);
    feed.publish(id, commit(4), 1);
    feed.publish(id, commit(5), 1);
    expect(versionsSince(feed, 1)).toEqual([4, 5, 6]);
    expect(versionsSince(feed, 5)).toEqual([6]);
    for (const version of [0, 2, 6, 7]) expect(versionsSince(feed, version)).toBeUndefined();
  });

  test('gives none across a gap that another process left', () => {
    const { feed } = listen();
    feed.publish(id, commit(1), 1);
    feed.publish(id, commit(3), 1);
    feed.publish(id, commit(4), 1);
    expect(versionsSince(feed, 1)).toBeUndefined();
    expect(versionsSince(feed, 3)).toEqual([4, 5]);
  });

  test('keeps the last 64 commits', () => {
    const { feed } = listen();
    for (const version of times(100, (i) => i)) feed.publish(id, commit(version), 1);
    expect(versionsSince(feed, 35)).toBeUndefined();
    expect(versionsSince(feed, 36)).toHaveLength(64);
  });

  test('keeps about a mebibyte, and no commit that is heavier', () => {
    const { feed, hints } = listen();
    const half = 512 * 1024;
    for (const version of [0, 1, 2]) feed.publish(id, commit(version), half);
    expect(versionsSince(feed, 0)).toBeUndefined();
    expect(versionsSince(feed, 1)).toEqual([2, 3]);
    feed.publish(id, commit(3), 3 * half);
    expect(versionsSince(feed, 3)).toBeUndefined();
    feed.publish(id, commit(4), half);
    expect(versionsSince(feed, 4)).toEqual([5]);
    expect(hints()).toBe(5);
  });

  test('wakes everybody', () => {
    const { feed, hints } = listen();
    let others = 0;
    feed.subscribe(otherId, () => others++);
    feed.wakeAll();
    expect([hints(), others]).toEqual([1, 1]);
  });
});
