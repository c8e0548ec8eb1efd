/**
 * An agent run as a graph: three mappers work in parallel, and one reducer combines their results.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Item, type ProjectApi, type Responder } from 'skein';
import { lsm } from 'skein/engines/lsm';

const pages = ['The sea is wide.', 'The sky is wide and blue.', 'The road is long.'];

const path = await mkdtemp(join(tmpdir(), 'skein-map-reduce-'));
{
  await using store = await createStore({ engine: lsm({ path }) });
  const project = store.project('proj_123').as({ userId: 'u1' });
  const [thread] = await project.threads.create([{ title: 'Most frequent words' }]);
  if (!thread) throw new Error('one in, one out');

  const { run, done } = await project.runs.start(thread.id, {
    input: 'Which words come more than once?',
    // To use a configured model or agent, name it instead: `agent: '…'`.
    responder: wordCounter(project),
  });
  for await (const { chunk } of project.streams.read(thread.id, run.streamId)) {
    if (chunk.type === 'text-delta') console.log('answer:', chunk.delta);
  }
  console.log('run:', (await done).status);

  const { nodes, edges } = await project.threads.graph(thread.id, { runId: run.id });
  console.log(
    `${nodes.length} nodes:`,
    nodes
      .map(({ spanId }) => spanId)
      .toSorted()
      .join(', '),
  );
  console.log(`${edges.length} edges:`);
  for (const { fromSpanId, type, toSpanId } of edges) console.log(fromSpanId, type, toSpanId);
}
await rm(path, { recursive: true });

/** An agent is anything that can answer: a function that gets the turn and yields chunks. */
function wordCounter(project: ProjectApi): Responder {
  return {
    name: 'word-counter',
    kind: 'agent',
    isDemo: false,
    async *respond({ threadId, runId }) {
      // Every step is an item of the run, and its span says which step it belongs to.
      const say = async (spanId: string, text: string): Promise<Item> => {
        const [item] = await project.items.append(threadId, [
          { role: 'tool', text, runId, spanId },
        ]);
        if (!item) throw new Error('one in, one out');
        return item;
      };
      const mapped = await Promise.all(
        pages.map((page, i) => say(`map-${i + 1}`, wordsOf(page).join(' '))),
      );
      const repeated = duplicatesOf(mapped.flatMap((item) => wordsOf(textOf(item))));
      const reduced = await say('reduce', repeated.join(', '));
      await project.edges.create(
        threadId,
        mapped.map(({ id }) => ({ fromItemId: reduced.id, toItemId: id, type: 'depends_on' })),
      );
      yield { type: 'text-start', id: '1' };
      yield { type: 'text-delta', id: '1', delta: repeated.join(', ') };
      yield { type: 'text-end', id: '1' };
    },
  };
}

function textOf({ parts }: Item): string {
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join(' ');
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

function duplicatesOf(words: readonly string[]): string[] {
  return [...new Set(words.filter((word, i) => words.indexOf(word) < i))];
}
