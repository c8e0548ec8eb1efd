import { join } from 'node:path';
import { sign } from 'hono/jwt';
import { startServer } from './child-server.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { createThreadsAndRequests, loadOnce, type Loaded } from './http-appends.ts';
import type { Measure, MeasureResult } from './measure.ts';
import { mean, median, ratioSpread } from './statistics.ts';

const jwtSecret = 'a secret of the bench of at least thirty-two bytes';
const userCount = 100;

/**
 * Durable appends over HTTP with a JWT of one of a hundred users, against the same appends to a
 * server in local mode. Both servers run all the time, each in its own process, and are loaded in
 * turns.
 */
export const jwtAppends: Measure = {
  name: 'jwt-appends',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const directory = (name: string): string => join(folder.path, name);
    await using local = await startServer(context, 'skein-server', [directory('local')]);
    await using asked = await startServer(context, 'skein-server', [directory('jwt'), jwtSecret]);
    const tokens = await Promise.all(Array.from({ length: userCount }, (_, i) => tokenOf(i)));
    const requests = {
      local: await createThreadsAndRequests(local.port),
      asked: await createThreadsAndRequests(asked.port, tokens),
    };
    const rounds: Round[] = [];
    const roundsMax = context.isQuick ? 2 : 5;
    for (let round = 1; round <= roundsMax; round++) {
      rounds.push({
        local: await loadOnce(context, local, requests.local),
        asked: await loadOnce(context, asked, requests.asked),
      });
      const { local: without, asked: withJwt } = rounds.at(-1)!;
      const rate = ({ perSecond }: Loaded): string => Math.round(perSecond).toLocaleString('en');
      context.progress(
        `round ${round} of ${roundsMax}: ${rate(withJwt)} a second, without ${rate(without)}`,
      );
    }
    return resultOf(rounds);
  },
};

function tokenOf(i: number): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { sub: `user-${i}`, name: `User ${i}`, iat: nowSeconds, exp: nowSeconds + 3600 };
  return sign(claims, jwtSecret);
}

interface Round {
  readonly local: Loaded;
  readonly asked: Loaded;
}

function resultOf(rounds: readonly Round[]): MeasureResult {
  const asked = rounds.map((round) => round.asked);
  const local = rounds.map((round) => round.local);
  const rates = (all: readonly Loaded[]): number[] => all.map(({ perSecond }) => perSecond);
  const mainThread = (all: readonly Loaded[]): string =>
    mean(all.map(({ mainThreadUs }) => mainThreadUs)).toFixed(1);
  return {
    rows: [
      {
        measure: 'HTTP durable appends with a JWT, rate',
        ours: median(rates(asked)),
        reference: median(rates(local)),
        against: 'the same in local mode',
        spread: ratioSpread(rates(asked), rates(local)),
        unit: 'a second',
        bar: { kind: 'atLeast', value: 0.85 },
      },
    ],
    notes: [
      `With a JWT a request takes ${mainThread(asked)} µs of the server's main thread, without ${mainThread(local)} µs.`,
    ],
  };
}
