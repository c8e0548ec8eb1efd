import { requests } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { sweepRequests } from './idempotency.ts';

/** What was done under idempotency keys, remembered for a day. */
export const requestsNoun: Noun = { name: 'requests', tables: [requests], sweep: sweepRequests };
