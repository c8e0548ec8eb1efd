/** Every answer is made here, with plain headers: the Node adapter writes those without copying them. */

type ExtraHeaders = Readonly<Record<string, string>>;

export function json(
  status: number,
  value: unknown,
  requestId: string,
  extra?: ExtraHeaders,
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: headersOf('application/json', requestId, extra),
  });
}

export function text(
  status: number,
  body: string,
  contentType: string,
  requestId: string,
  extra?: ExtraHeaders,
): Response {
  return new Response(body, { status, headers: headersOf(contentType, requestId, extra) });
}

/** 204 and 304, which never have a body. */
export function empty(status: number, requestId: string, extra?: ExtraHeaders): Response {
  return new Response(null, {
    status,
    headers: { ...fixedHeaders, 'x-request-id': requestId, ...extra },
  });
}

export function stream(
  body: ReadableStream<Uint8Array>,
  contentType: string,
  requestId: string,
  extra?: ExtraHeaders,
): Response {
  return new Response(body, { headers: headersOf(contentType, requestId, extra) });
}

const fixedHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function headersOf(
  contentType: string,
  requestId: string,
  extra?: ExtraHeaders,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  return extra === undefined ? headers : Object.assign(headers, extra);
}
