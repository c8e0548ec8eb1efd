import { ProjectApi } from '../api/project-api.ts';
import type { ClientOptions } from './client-options.ts';
import { ComparisonsClient } from './comparisons-client.ts';
import { createVerbs } from './create-verbs.ts';
import type { HandwrittenVerbs } from './handwritten-verbs.ts';
import { Http } from './http.ts';
import { liveTail, sharedTail } from './live-tail.ts';
import { RunsClient } from './runs-client.ts';
import { StreamsClient } from './streams-client.ts';

/**
 * A client of a Skein server with the nouns and verbs of the store itself, for browsers and Node.
 * Errors are `SkeinError`; a server that cannot be reached is `unavailable`.
 *
 *     const client = createClient({ baseUrl: 'http://127.0.0.1:4000', userId: 'u1' });
 *     const [thread] = await client.threads.create([{ title: 'Support' }]);
 *     await client.items.append(thread.id, [{ role: 'user', text: 'Hello' }]);
 *     for await (const event of client.threads.live(thread.id)) console.log(event.type);
 *
 * A call for several threads or changes is one request each, at most six at a time: if one fails,
 * others may have succeeded. Every POST carries an idempotency key, so that a retry never does
 * anything twice; a retried write may report `replayed` for what an earlier attempt of the same
 * call did.
 */
export function createClient(options: ClientOptions): ProjectApi {
  const http = new Http(options);
  const streams = new StreamsClient(http);
  const handwritten: HandwrittenVerbs = {
    threads: { live: (threadId, options = {}) => liveTail(http, threadId, options) },
    runs: new RunsClient(http, streams),
    streams,
    shared: { live: (token, options = {}) => sharedTail(http, token, options) },
    comparisons: new ComparisonsClient(http),
  };
  const verbs: Record<string, object> = createVerbs(http, Object.values(ProjectApi));
  for (const [noun, own] of Object.entries<object>(handwritten)) {
    verbs[noun] = Object.assign(own, verbs[noun]);
  }
  return verbs as unknown as ProjectApi; // those of the table, and by their type all others
}
