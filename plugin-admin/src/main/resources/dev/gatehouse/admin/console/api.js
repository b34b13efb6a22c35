// The documented admin API, and nothing else.

const KEY = 'gatehouse-token';
const TIMEOUT = 10_000;
const MOST = 20_000;

/** What the gateway answered instead of doing it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.problem ?? `The gateway answered with status ${status}.`);
    this.status = status;
    this.code = body.code ?? '';
    this.fix = body.fix ?? '';
  }
}

export function token() {
  return sessionStorage.getItem(KEY) ?? '';
}

export function remember(text) {
  sessionStorage.setItem(KEY, text);
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

/** Asks; throws a Problem, or a TypeError when the gateway cannot be reached. */
export async function ask(method, path, body, credentials = token()) {
  const headers = { Authorization: `Bearer ${credentials}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  let object = {};
  try {
    object = await answer.json();
  } catch {
    // Not from the gateway; its status says enough.
  }
  // Not ready is an answer, too.
  if (!answer.ok) throw new Problem(answer.status, object);
  return object;
}

/** Everything of a listing, page by page. */
export async function all(path, field) {
  const items = [];
  let cursor = '';
  do {
    const page = await ask('GET', `${path}?limit=1000${cursor && '&cursor=' + encodeURIComponent(cursor)}`);
    items.push(...page[field]);
    cursor = page.next ?? '';
  } while (cursor && items.length < MOST);
  return items;
}

export const grant = (client, resource, span) =>
  ask('POST', '/v1/authorizations', span ? { client, resource, for: span, origin: 'console' }
                                         : { client, resource, origin: 'console' });

export const revoke = (client, resource) =>
  ask('DELETE', `/v1/authorizations/${encodeURIComponent(client)}/${encodeURIComponent(resource)}`);
