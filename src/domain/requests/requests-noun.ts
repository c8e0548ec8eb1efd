import type { Noun } from '../base/noun.ts';
import { sweepRequests } from './idempotency.ts';

/** What was done under idempotency keys, remembered for a day. */
export const requestsNoun: Noun = { name: 'requests', sweep: sweepRequests };
