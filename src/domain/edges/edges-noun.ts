import type { EdgesApi, OperatorEdgesApi } from '../../api/edge.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import { edges } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { deleteEdges, updateEdges } from './amend-edges.ts';
import { createEdges } from './create-edges.ts';
import { readGraph } from './graph.ts';
import { leaveEdges } from './leave-edges.ts';
import { listEdges } from './list-edges.ts';
import { examineEdges } from './examine-edges.ts';

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
};
