import { fileURLToPath } from 'node:url';

/** The root of this checkout, without a trailing slash. */
export const rootFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
