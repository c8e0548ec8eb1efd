import type { EdgesApi, OperatorEdgesApi } from '../../api/edge.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import { edges } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { deleteEdges, updateEdges } from './amend-edges.ts';
import { createEdges } from './create-edges.ts';
import { readGraph } from './graph.ts';
import { edgesOfLeaving, leaveEdges } from './leave-edges.ts';
import { listEdges } from './list-edges.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isLost } from '../log/item-log.ts';

/** Dependencies and causes among the items of a thread. */
export const edgesNoun: Noun<
  { edges: EdgesApi; threads: Pick<ThreadsApi, 'graph'> },
  { edges: OperatorEdgesApi }
> = {
  name: 'edges',
  tables: [edges],
  examine: { thread: examineEdges },
  api: (reading) => ({
    threads: { graph: (id, options) => readGraph(reading, id, options) },
    edges: {
      create: async (id, edges, options) => (await createEdges(reading, id, edges, options)).data,
      createWithOutcome: (id, edges, options) => createEdges(reading, id, edges, options),
      list: (id, options) => listEdges(reading, id, options),
    },
  }),
  operatorApi: (core) => ({
    edges: {
      update: (threadId, updates) => updateEdges(core, threadId, updates),
      delete: (threadId, edges) => deleteEdges(core, threadId, edges),
    },
  }),
  onLeave: leaveEdges,
  transfer: { rows: { edges: edgesOfLeaving } },
};

/** Both ends of an edge must be items of the thread, own or inherited. */
async function examineEdges(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(edges)) {
    const { fromItemId, toItemId, type } = row;
    const what = `the edge ${type} from ${fromItemId} to ${toItemId}`;
    for (const id of [fromItemId, toItemId]) {
      if (!(await isLost(exam.records, exam.head, id))) continue;
      await exam.found('reference', `${what} names ${id}, which does not exist`);
    }
    await examineEntries(exam, edges, row, what);
  }
}
