import { errorTable } from '../../protocol/error-table.ts';
import { serverEndpoints } from '../../api/operations/server.ts';
import { threadEndpoints } from '../../api/operations/threads.ts';
import { pathTo } from '../../protocol/path.ts';
import type { JsonSchema } from '../../protocol/wire-schemas.ts';
import type { Route } from '../route.ts';
import type { ApiDescription } from '../served-nouns.ts';
import { curlOf } from './curl.ts';
import { docsStyle } from './docs-style.ts';
import { html, prose, type Html } from './html.ts';
import { errorsOf, parametersOf, type ParameterDescription } from './open-api.ts';

/** The documentation as one self-contained HTML page. Its examples use `baseUrl`. */
export function docsPage(api: ApiDescription, baseUrl: string): string {
  const { routes } = api;
  const schemas = Object.entries(api.schemas);
  const groups = [...new Set(routes.map(({ group }) => group))];
  const routesOf = (group: string): Route[] => routes.filter((route) => route.group === group);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Skein API</title>
        <style>
          ${{ html: docsStyle }}
        </style>
      </head>
      <body>
        <div class="page">
          <nav aria-label="Contents">
            <a href="#top"><strong>Skein API</strong></a>
            ${groups.map((group) =>
              menu(
                group,
                routesOf(group).map(({ name, summary }) => [name, summary]),
              ),
            )}
            ${menu('Reference', [['errors', 'Errors'], ...schemas.map(([name]): [string, string] => [`schema-${name}`, name])])}
          </nav>
          <main id="top">
            ${introduction(baseUrl)}
            ${groups.map(
              (group) =>
                html`<h2 id="${idOf(group)}">${group}</h2>
                  ${routesOf(group).map((route) => routeCard(route, api, baseUrl))}`,
            )}
            <h2 id="errors">Errors</h2>
            ${errorCards()}
            <h2 id="schemas">Schemas</h2>
            ${schemas.map(([name, schema]) => schemaCard(name, schema))}
          </main>
        </div>
      </body>
    </html> `;
  return page.html;
}

function idOf(group: string): string {
  return `group-${group.toLowerCase().replaceAll(' ', '-')}`;
}

function menu(title: string, entries: readonly (readonly [id: string, text: string])[]): Html {
  return html`<h2>${title}</h2>
    <ul>
      ${entries.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`)}
    </ul>`;
}

/** Relative to the page, wherever the server is mounted. */
const openApiPath: string = pathTo(serverEndpoints.getOpenApi, {}).slice(1);

function introduction(baseUrl: string): Html {
  return html`<h1>Skein API</h1>
    <p>
      The thread-first store for every kind of conversation. A thread holds items, in the order of
      their ids; an item is never changed, and what amends it is in the log, too.
    </p>
    <p>The same as OpenAPI 3.1: <a href="${openApiPath}">${openApiPath}</a>.</p>
    <h4>Who asks</h4>
    <p>
      On this machine without set-up: the header <code>X-User-Id</code>, else the user
      <code>local</code>. Otherwise <code>Authorization: Bearer</code> with a JWT, a user token
      (<code>ut_…</code>), or a server key (<code>sk_…</code>) that acts for the user in
      <code>X-User-Id</code>. Without a credential, public and unlisted threads can be read.
    </p>
    <h4>Lists</h4>
    <p>
      A page is <code>{data, nextCursor, prevCursor}</code>. Give <code>nextCursor</code> as
      <code>after</code>; only <code>null</code> means the end, since a page may be short or empty.
    </p>
    <h4>Retries</h4>
    <p>
      Give an item a <code>key</code>, or a request an <code>Idempotency-Key</code>: the same
      content again answers as the first time (200 instead of 201), other content is
      <code>key_conflict</code>.
    </p>
    <h4>A first thread</h4>
    <pre><code>curl -s ${baseUrl}${pathTo(threadEndpoints.createThread, {})} -H 'Content-Type: application/json' -d '{"items":[{"role":"user","text":"Hello"}]}'</code></pre>`;
}

function routeCard(route: Route, { schemas }: ApiDescription, baseUrl: string): Html {
  return html`<section class="card" id="${route.name}">
    <h3>${route.summary}</h3>
    <p class="call"><b class="${route.method.toLowerCase()}">${route.method}</b>${route.path}</p>
    ${route.description === undefined ? undefined : html`<p>${prose(route.description)}</p>`}
    ${parameterTable(parametersOf(route))}
    ${route.body === undefined ? undefined : bodySection(route.body, schemas)}
    <h4>Answers</h4>
    ${responseTable(route)}
    <h4>Example</h4>
    <pre><code>${curlOf(route, baseUrl)}</code></pre>
  </section>`;
}

function parameterTable(parameters: readonly ParameterDescription[]): Html | undefined {
  if (parameters.length === 0) return undefined;
  return html`<h4>Parameters</h4>
    <div class="scroll">
      <table>
        <tr>
          <th>Name</th>
          <th>In</th>
          <th>Type</th>
          <th>Meaning</th>
        </tr>
        ${parameters.map(
          (parameter) =>
            html`<tr>
              <td><code>${parameter.name}</code></td>
              <td>${parameter.in}</td>
              <td>${typeOf(parameter.schema)}</td>
              <td>${prose(parameter.description)}</td>
            </tr>`,
        )}
      </table>
    </div>`;
}

function bodySection(body: NonNullable<Route['body']>, schemas: ApiDescription['schemas']): Html {
  return html`<h4>
      Body${body.isOptional ? ' (optional)' : undefined}:
      <a href="#schema-${body.name}">${body.name}</a>
    </h4>
    ${fieldTable(schemas[body.name]!)}`;
}

function responseTable(route: Route): Html {
  const responses = Object.entries(route.responses);
  return html`<div class="scroll">
    <table>
      ${responses.map(
        ([status, { description, schema, contentType }]) =>
          html`<tr>
            <td><code>${status}</code></td>
            <td>${prose(description)}</td>
            <td>
              ${schema === undefined ? contentType : html`<a href="#schema-${schema}">${schema}</a>`}
            </td>
          </tr>`,
      )}
      ${errorsOf(route).map(
        (code) =>
          html`<tr>
            <td><code>${errorTable[code].status}</code></td>
            <td colspan="2"><a href="#${code}">${code}</a></td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function errorCards(): Html {
  return html`<section class="card">
    <p>
      Every error is <code>application/problem+json</code> (RFC 9457) with
      <code>type, title, status, detail, code, requestId</code>, and for
      <code>invalid_request</code> the list <code>errors: [{path, message}]</code>. Codes never
      change their meaning; texts may.
    </p>
    <div class="scroll">
      <table>
        <tr>
          <th>Code</th>
          <th>Status</th>
          <th>Meaning</th>
        </tr>
        ${Object.entries(errorTable).map(
          ([code, { status, meaning }]) =>
            html`<tr id="${code}">
              <td><code>${code}</code></td>
              <td>${status}</td>
              <td>${prose(meaning)}</td>
            </tr>`,
        )}
      </table>
    </div>
  </section>`;
}

function schemaCard(name: string, schema: JsonSchema): Html {
  return html`<section class="card" id="schema-${name}">
    <h3>${name}</h3>
    ${schema.description === undefined ? undefined : html`<p>${prose(schema.description)}</p>`}
    ${fieldTable(schema)}
  </section>`;
}

function fieldTable(schema: JsonSchema): Html {
  const required = new Set(schema.required);
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Field</th>
        <th>Type</th>
        <th>Meaning</th>
      </tr>
      ${Object.entries(schema.properties ?? {}).map(
        ([name, field]) =>
          html`<tr>
            <td><code>${name}</code></td>
            <td>
              ${typeOf(field)}${required.has(name) ? undefined : html` <span class="soft">optional</span>`}
            </td>
            <td>${prose(field.description ?? '')}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function typeOf(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.anyOf !== undefined && schema.type === undefined) {
    return html`${schema.anyOf.map((option, i) => html`${i === 0 ? undefined : ' or '}${typeOf(option)}`)}`;
  }
  if (schema.enum !== undefined) {
    return html`${schema.enum.map((value, i) => html`${i === 0 ? undefined : ', '}<code>${String(value)}</code>`)}`;
  }
  if (schema.type === 'array' && schema.items !== undefined)
    return html`array of ${typeOf(schema.items)}`;
  const names = [schema.type ?? 'any'].flat().join(' or ');
  const range = typeof schema.maximum === 'number' && schema.maximum < Number.MAX_SAFE_INTEGER;
  return html`${names}${range ? ` ${String(schema.minimum)} to ${String(schema.maximum)}` : undefined}`;
}
