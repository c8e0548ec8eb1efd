import type { BaseCheckpointSaver, SerializerProtocol } from '@langchain/langgraph-checkpoint';

/**
 * Checkpoints to import: a saver that reads them, and a list of them, which savers do not offer.
 */
export interface CheckpointSource extends AsyncDisposable {
  readonly saver: BaseCheckpointSaver;
  /** How many threads may be read at once. */
  readonly concurrency: number;
  count(): Promise<SourceCounts>;
  /** Ids of threads in rising order, after `after`. An empty page is the end. */
  listThreads(after: string): Promise<readonly string[]>;
  /** The checkpoints of all namespaces in the order of their ids, after `after`. */
  listCheckpoints(threadId: string, after?: SourceKey): Promise<readonly SourceKey[]>;
  /** In the order of task and index. */
  listWrites(threadId: string, key: SourceKey): Promise<readonly SourceWrite[]>;
}

interface SourceCounts {
  readonly threads: number;
  readonly checkpoints: number;
}

export interface SourceKey {
  readonly namespace: string;
  readonly id: string;
}

/** A write of a task on top of a checkpoint. */
export interface SourceWrite {
  readonly taskId: string;
  readonly index: number;
  readonly channel: string;
  /** The serializer's name for the form of the value. */
  readonly type: string;
  readonly value: unknown;
}

/** The tables of LangGraph's savers, which differ in their names and in that of one column. */
interface SourceTables {
  readonly checkpoints: string;
  readonly writes: string;
  readonly valueColumn: string;
  /** The collation that compares texts by code points. */
  readonly collation: string;
}

export interface SourceRow {
  readonly [column: string]: unknown;
}

/** Runs a statement with its parameters `$1`, `$2`, …, each named once and in order. */
type SourceQuery = (
  sql: string,
  parameters: readonly string[],
) => SourceRow[] | Promise<SourceRow[]>;

const pageSize = 500;

/** The part of a source that is the same for every database. */
export function createTableReader(
  query: SourceQuery,
  { checkpoints, writes, valueColumn, collation }: SourceTables,
  serde: SerializerProtocol,
): Pick<CheckpointSource, 'count' | 'listThreads' | 'listCheckpoints' | 'listWrites'> {
  const sorted = (column: string): string => `${column} ${collation}`;
  return {
    async count() {
      const sql = `SELECT count(*) AS checkpoints, count(DISTINCT thread_id) AS threads FROM ${checkpoints}`;
      const [row] = await query(sql, []);
      return { threads: Number(row?.threads), checkpoints: Number(row?.checkpoints) };
    },

    async listThreads(after) {
      const rows = await query(
        `SELECT DISTINCT thread_id FROM ${checkpoints} WHERE thread_id > $1 ` +
          `ORDER BY thread_id LIMIT ${pageSize}`,
        [after],
      );
      return rows.map(({ thread_id }) => String(thread_id));
    },

    async listCheckpoints(threadId, after = { id: '', namespace: '' }) {
      const order = `${sorted('checkpoint_id')}, ${sorted('checkpoint_ns')}`;
      const rows = await query(
        `SELECT checkpoint_ns, checkpoint_id FROM ${checkpoints} WHERE thread_id = $1 ` +
          `AND (${order}) > ($2, $3) ORDER BY ${order} LIMIT ${pageSize}`,
        [threadId, after.id, after.namespace],
      );
      return rows.map((row) => ({
        namespace: String(row.checkpoint_ns),
        id: String(row.checkpoint_id),
      }));
    },

    async listWrites(threadId, { namespace, id }) {
      const rows = await query(
        `SELECT task_id, idx, channel, type, ${valueColumn} AS value FROM ${writes} ` +
          'WHERE thread_id = $1 AND checkpoint_ns = $2 AND checkpoint_id = $3 ' +
          `ORDER BY ${sorted('task_id')}, idx`,
        [threadId, namespace, id],
      );
      return Promise.all(rows.map((row) => writeOf(row, serde)));
    },
  };
}

async function writeOf(row: SourceRow, serde: SerializerProtocol): Promise<SourceWrite> {
  // The savers' value for a missing one.
  const type = typeof row.type === 'string' ? row.type : 'json';
  const bytes = row.value instanceof Uint8Array ? new Uint8Array(row.value) : new Uint8Array();
  return {
    taskId: String(row.task_id),
    index: Number(row.idx),
    channel: String(row.channel),
    type,
    value: await serde.loadsTyped(type, bytes),
  };
}
