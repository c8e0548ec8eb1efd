import { fileURLToPath } from 'node:url';

/** The checkout that these tools belong to, without a slash at the end. */
export const rootFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
