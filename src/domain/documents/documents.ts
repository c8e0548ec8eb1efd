import { documents } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { nextItemId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { mustPrincipal } from '../keys/credentials.ts';
import type {
  Document,
  DocumentKey,
  DocumentReadOptions,
  DocumentsApi,
} from '../../api/document.ts';
import { isLive, presentDocument, type DocumentCore } from './document-core.ts';
import { encodeNamespace, mustDocumentKey } from './document-namespace.ts';
import { listNamespaces } from './list-namespaces.ts';
import { searchDocuments } from './search-documents.ts';
import { refreshTtl, writeDocuments } from './write-documents.ts';

/** The documents of each project of a store: see `DocumentsApi`. */
export function createDocuments(core: Core): (projectId: string) => DocumentsApi {
  const shared = createDocumentCore(core);
  return (id) => {
    const { projectId } = mustPrincipal(id);
    return {
      get: (keys, options) => getDocuments(shared, projectId, keys, options),
      write: (writes) => writeDocuments(shared, projectId, writes),
      put: (entries) => writeDocuments(shared, projectId, entries),
      delete: (keys) =>
        writeDocuments(
          shared,
          projectId,
          keys.map(({ namespace, key }) => ({ namespace, key, value: null })),
        ),
      search: (search) => searchDocuments(shared, projectId, search),
      listNamespaces: (listing) => listNamespaces(shared, projectId, listing),
    };
  };
}

function createDocumentCore({ records, clock, tasks, limits }: Core): DocumentCore {
  let last: string | undefined;
  const turns = new Map<string, Promise<unknown>>();
  return {
    records,
    clock,
    tasks,
    limits,
    nextSequence: () => (last = nextItemId(last, clock())),
    inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
      // A failure of the previous task concerns only its own caller.
      const turn = (turns.get(name) ?? Promise.resolve()).then(task, task);
      turns.set(name, turn);
      const leave = (): void => {
        if (turns.get(name) === turn) turns.delete(name);
      };
      turn.then(leave, leave);
      return turn;
    },
  };
}

async function getDocuments(
  core: DocumentCore,
  projectId: string,
  keys: readonly DocumentKey[],
  { refreshTtl: isRefreshing = false }: DocumentReadOptions = {},
): Promise<(Document | undefined)[]> {
  if (!Array.isArray(keys)) throw invalid('keys', 'must be an array');
  const rowKeys = keys.map((key: DocumentKey, i) => [
    projectId,
    encodeNamespace(key.namespace, `keys.${i}.namespace`),
    mustDocumentKey(key.key, `keys.${i}.key`),
  ]);
  const rows = await core.records.getExisting(documents, rowKeys);
  const live = rows.filter((row) => isLive(row, core.clock()));
  if (isRefreshing) await refreshTtl(core, live);
  const byKey = new Map(live.map((row) => [JSON.stringify([row.namespace, row.key]), row]));
  return rowKeys.map(([, namespace, key]) => {
    const row = byKey.get(JSON.stringify([namespace, key]));
    return row && presentDocument(row);
  });
}
