import { describe, expect, test } from 'vitest';
import { times } from '../../test/support/store/store-kit-for-testing.ts';
import { headForTesting } from '../../test/support/store/writer-kit-for-testing.ts';
import { HintChannel } from './hint-channel.ts';
import { createHints, streamHintKey, type Hints, type ThreadCommit } from './hints.ts';

const { id } = headForTesting('thread');
const { id: otherId } = headForTesting('other');

/** A commit that leads from one version to another. */
function commit(baseVersion: number, version: number = baseVersion + 1): ThreadCommit {
  return { baseVersion, head: headForTesting(id, { version }), items: [], changes: [] };
}

/** A feed with one listener, and how often it was called. */
function listen(): { feed: HintChannel<ThreadCommit>; hints: () => number; leave: () => void } {
  const feed = createHints().threads;
  let hints = 0;
  const leave = feed.subscribe(id, () => hints++);
  return { feed, hints: () => hints, leave };
}

const versionsSince = (feed: HintChannel<ThreadCommit>, version: number): number[] | undefined =>
  feed.recentSince(id, version)?.map(({ head }) => head.version);

describe('the hints of threads', () => {
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

  test('stops calling a listener that has left, however often', () => {
    const { feed, hints, leave } = listen();
    let stayed = 0;
    feed.subscribe(id, () => stayed++);
    leave();
    leave();
    feed.publish(id, commit(1), 1);
    expect([hints(), stayed]).toEqual([0, 1]);
  });

  test('shows a listener the commit that it is called for', () => {
    const feed = createHints().threads;
    const seen: unknown[] = [];
    feed.subscribe(id, () => seen.push(versionsSince(feed, 1)));
    feed.publish(id, commit(1), 1);
    expect(seen).toEqual([[2]]);
  });

  test('lets listeners leave and come during a call', () => {
    const feed = createHints().threads;
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

  test('keeps nothing without a listener', () => {
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

  test('wakes every listener', () => {
    const { feed, hints } = listen();
    let others = 0;
    feed.subscribe(otherId, () => others++);
    feed.wakeAll();
    expect([hints(), others]).toEqual([1, 1]);
  });
});

type StreamHint = Parameters<Hints['streams']['publish']>[1];

describe('the hints of streams', () => {
  const key = streamHintKey(id, 'stream');

  /** `count` chunks that arrive together and end with number `seq`. */
  const group = (seq: number, count: number = 1): StreamHint => ({
    seq,
    resumeToken: 'token',
    chunks: times(count, () => ({ type: 'text-delta' })),
  });

  /** A channel with these groups, to which a reader listens. */
  function channelOf(...groups: StreamHint[]): Hints['streams'] {
    const { streams } = createHints();
    streams.subscribe(key, () => undefined);
    for (const each of groups) streams.publish(key, each, 1);
    return streams;
  }

  const seqsSince = (streams: Hints['streams'], seq: number): number[] | undefined =>
    streams.recentSince(key, seq)?.map((each) => each.seq);

  test('lead on from the middle of a group, too', () => {
    const streams = channelOf(group(3, 3), group(5, 2), group(6));
    for (const seq of [0, 1, 2]) expect(seqsSince(streams, seq)).toEqual([3, 5, 6]);
    for (const seq of [3, 4]) expect(seqsSince(streams, seq)).toEqual([5, 6]);
    expect(seqsSince(streams, 5)).toEqual([6]);
    expect(seqsSince(streams, 6)).toBeUndefined();
  });

  test('give none across a gap that another process left', () => {
    const streams = channelOf(group(2, 2), group(5, 2), group(6));
    for (const seq of [0, 2]) expect(seqsSince(streams, seq)).toBeUndefined();
    expect(seqsSince(streams, 3)).toEqual([5, 6]);
  });

  test('are kept in a bounded number, and of about 256 KiB', () => {
    const many = channelOf(...times(5000, (i) => group(i + 1)));
    expect(seqsSince(many, 5000 - 4097)).toBeUndefined();
    expect(seqsSince(many, 5000 - 4096)).toHaveLength(4096);
    const heavy = channelOf();
    for (const seq of [1, 2, 3]) heavy.publish(key, group(seq), 128 * 1024);
    expect(seqsSince(heavy, 0)).toBeUndefined();
    expect(seqsSince(heavy, 1)).toEqual([2, 3]);
  });

  test('wake the readers of one stream, or with those of all threads everyone', () => {
    const hints = createHints();
    const woken: string[] = [];
    hints.threads.subscribe(id, () => woken.push('thread'));
    for (const name of ['stream', 'other']) {
      hints.streams.subscribe(streamHintKey(id, name), () => woken.push(name));
    }
    hints.streams.wake(key);
    expect(woken).toEqual(['stream']);
    hints.wakeAll();
    expect(woken).toEqual(['stream', 'thread', 'stream', 'other']);
  });
});

test('a reader that keeps up costs a look at the last entry, however many are kept', () => {
  let looks = 0;
  const channel = new HintChannel<number>({
    leadsOn: (entry, position) => entry === position + 1,
    positionAfter: (entry) => {
      looks++;
      return entry;
    },
    entriesMax: 1000,
    weightMax: 1000,
  });
  channel.subscribe('subject', () => undefined);
  for (const entry of times(1000, (i) => i + 1)) channel.publish('subject', entry, 1);
  expect(channel.recentSince('subject', 1000)).toBeUndefined();
  expect(channel.recentSince('subject', 999)).toEqual([1000]);
  expect(looks).toBe(2);
});
