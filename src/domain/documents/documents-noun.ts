import type { DocumentsApi } from '../../api/document.ts';
import type { Noun } from '../base/noun.ts';
import { createDocuments } from './documents.ts';
import { sweepDocuments } from './sweep-documents.ts';

/** What agents remember of a project, by namespace and key. */
export const documentsNoun: Noun<object, { documents: (projectId: string) => DocumentsApi }> = {
  name: 'documents',
  operatorApi: (core) => ({ documents: createDocuments(core) }),
  sweep: sweepDocuments,
};
