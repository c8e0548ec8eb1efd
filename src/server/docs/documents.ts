import type { Route } from '../route.ts';
import type { ServerDocuments } from '../server-context.ts';
import { docsPage } from './docs-page.ts';
import { openApiDocument } from './open-api.ts';

/**
 * Both documents are made once, when first asked for: a server that nobody asks never pays for
 * them.
 */
export function createDocuments(routes: readonly Route[], basePath: string): ServerDocuments {
  let openApi: string | undefined;
  let page: string | undefined;
  return {
    openApi: () => (openApi ??= JSON.stringify(openApiDocument(routes, basePath))),
    page(origin) {
      page ??= docsPage(routes, originMark + basePath);
      return page.replaceAll(originMark, origin);
    },
  };
}

/** Stands for the address that the reader came to. It needs no escaping, as an origin does not. */
const originMark = '@origin@';
