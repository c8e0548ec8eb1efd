import type { DocumentsApi } from '../../api/document.ts';
import { documentPaths, documents, documentVectors } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { createDocuments } from './documents.ts';
import { sweepDocuments } from './sweep-documents.ts';
import { examineDocuments } from './examine-documents.ts';

/** What agents remember about a project, by namespace and key. */
export const documentsNoun: Noun<object, { documents: (projectId: string) => DocumentsApi }> = {
  name: 'documents',
  tables: [documentPaths, documents, documentVectors],
  examine: { store: examineDocuments },
  operatorApi: (core) => ({ documents: createDocuments(core) }),
  sweep: sweepDocuments,
};
