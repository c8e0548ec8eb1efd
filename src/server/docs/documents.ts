import { describeApi, type ApiDescription, type ServedNoun } from '../served-nouns.ts';
import type { ServerDocuments } from '../server-context.ts';
import { docsPage } from './docs-page.ts';
import { openApiDocument } from './open-api.ts';

/** Each document is built on first use, so a server that is never asked for them pays nothing. */
export function createServerDocuments(
  served: readonly ServedNoun[],
  basePath: string,
): ServerDocuments {
  let api: ApiDescription | undefined;
  let openApi: string | undefined;
  let page: string | undefined;
  return {
    openApi: () =>
      (openApi ??= JSON.stringify(openApiDocument((api ??= describeApi(served)), basePath))),
    page(origin) {
      page ??= docsPage((api ??= describeApi(served)), originMark + basePath);
      return page.replaceAll(originMark, origin);
    },
  };
}

/** Stands for the address that the reader called. Like an origin, it needs no escaping. */
const originMark = '@origin@';
