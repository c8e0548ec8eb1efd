import type { Filling } from './filling.ts';

/** What agents remember: documents in namespaces, some with vectors, some with a time to live. */
export async function fillDocuments(filling: Filling): Promise<void> {
  const documents = filling.store.operator.documents('default');
  filling.pass();
  await documents.put([
    {
      namespace: ['memories', 'ada'],
      key: 'food',
      value: { likes: 'olives', rank: 1 },
      vectors: [{ field: '$', vector: [1, 0, 0.5] }],
    },
    {
      namespace: ['memories', 'ada'],
      key: 'city',
      value: { lives: 'Lisbon', rank: 2 },
      vectors: [
        { field: 'lives', vector: [0.1, 0.9, 1 / 3] },
        { field: '$', vector: [0, 1, 0] },
      ],
    },
    { namespace: ['memories', 'ben'], key: 'food', value: { likes: ['figs'], rank: 3 } },
    { namespace: ['ключ', 'a.b'], key: '\u0001 odd key', value: { deep: { er: [null] } } },
  ]);
  filling.pass();
  await documents.put([
    { namespace: ['short'], key: 'hour', value: { for: 'an hour' }, ttlMs: 3_600_000 },
    { namespace: ['short'], key: 'second', value: { for: 'a second' }, ttlMs: 1000 },
    { namespace: ['memories', 'ada'], key: 'gone', value: {} },
  ]);
  filling.pass();
  await documents.delete([{ namespace: ['memories', 'ada'], key: 'gone' }]);
  await documents.put([
    {
      namespace: ['memories', 'ada'],
      key: 'city',
      value: { lives: 'Porto', rank: 2 },
      vectors: [{ field: '$', vector: [0, 0, 1] }],
    },
  ]);
  await filling.store.operator
    .documents('elsewhere')
    .put([{ namespace: ['memories'], key: 'k', value: { other: 'project' } }]);
}
