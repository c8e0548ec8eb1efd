import { expect, test } from 'vitest';
import { Latencies } from './latencies.ts';

test('a percentile is the latency that so many calls did not exceed', () => {
  const latencies = new Latencies();
  for (let ms = 100; ms >= 1; ms--) latencies.record(ms);
  expect(latencies.total).toBe(100);
  expect(latencies.percentile(0.5)).toBe(50);
  expect(latencies.percentile(0.99)).toBe(99);
  expect(latencies.percentile(1)).toBe(100);
  latencies.record(1000);
  expect(latencies.percentile(1)).toBe(1000);
});

test('there is no percentile of nothing', () => {
  expect(() => new Latencies().percentile(0.5)).toThrow(RangeError);
});
