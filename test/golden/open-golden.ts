import { join } from 'node:path';
import type { Engine } from 'skein/engine';
import { lsm } from 'skein/engines/lsm';
import { postgres } from 'skein/engines/postgres';
import { sqlite } from 'skein/engines/sqlite';

/** The engine of a golden store. Its place is a folder, or `URL SCHEMA` for PostgreSQL. */
export function openGolden(name: string, place: string): Engine {
  if (name === 'lsm') return lsm({ path: place });
  if (name === 'sqlite') return sqlite({ path: join(place, 'skein.db') });
  const [url = '', schema = ''] = place.split(' ');
  return postgres({ url, schema, connectionsMax: 4 });
}
