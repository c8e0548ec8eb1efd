import type { EdgeNoun } from '../../api/operations/edges.ts';
import { json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const edgeActions: Actions<EdgeNoun> = {
  async createEdges(call) {
    const { data, replayed } = await call.project.edges.createWithOutcome(
      call.param('threadId'),
      call.body.edges,
      call.writeOptions(),
    );
    return json(replayed ? 200 : 201, { data });
  },

  listEdges: async (call) =>
    json(200, await call.project.edges.list(call.param('threadId'), call.query)),

  getGraph: async (call) =>
    json(200, await call.project.threads.graph(call.param('threadId'), call.query)),
};
