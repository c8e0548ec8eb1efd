import { requests } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { sweepRequests } from './idempotency.ts';
import { examineRequests } from './examine-requests.ts';

/** Results of requests with idempotency keys, remembered for a day. */
export const requestsNoun: Noun = {
  name: 'requests',
  tables: [requests],
  examine: { store: examineRequests },
  sweep: sweepRequests,
};
