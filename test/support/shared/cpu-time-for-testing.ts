/**
 * The CPU time of a piece of work, in milliseconds of a machine that takes ten for the yardstick.
 * Neither other programs nor the speed of this machine count.
 */
export function cpuMsOf(work: () => void): number {
  measureYardstick(); // the first round is also compiled
  const yardstickMs = Math.min(...Array.from({ length: 5 }, measureYardstick));
  return (measure(work) * 10) / yardstickMs;
}

function measureYardstick(): number {
  return measure(() => {
    let state = 1;
    for (let i = 0; i < 8_000_000; i++) state = Math.imul(state ^ (state >>> 15), i | 1);
    if (state !== 1_620_582_409) throw new TypeError('The loop was not run as it stands.');
  });
}

function measure(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
