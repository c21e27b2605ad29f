/** What another site can do in a browser in which somebody is signed in here: nothing. */
import { describe, expect, it } from 'vitest';
import { askRoute, bodyOf, MINE, operations, tokenOf, urlOf, useEveryRoute } from './every-route.fixture.ts';

const routes = useEveryRoute();
const ORIGIN = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const REFUSED = { 'application/json': 401, 'text/plain': 400, 'application/x-www-form-urlencoded': 415 } as const;
const finite = operations.filter(({ endless }) => !endless);

describe('another site', () => {
  it.each(operations)('has nothing that a browser would send for it: $method $path', async ({ method, path }) => {
    // What a browser adds by itself are cookies and its own sign-in; both mean nothing here.
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'] as const) {
      const { statusCode } = await routes.http.app.inject({
        ...{ method, url: urlOf(path, MINE) },
        headers: {
          ...{ ...ORIGIN, cookie: `twoway-session=${tokenOf('admin')}; token=${tokenOf('admin')}` },
          ...(method === 'GET' ? {} : { 'content-type': type }),
        },
        ...(method === 'GET' ? {} : { payload: JSON.stringify(bodyOf(path) ?? {}) }),
      });
      // The one route that is open takes a code, which no other site has, and JSON only, which no form can send.
      const refusals = path.endsWith('/sign-in') ? REFUSED[type] : 401;
      expect([path, type, statusCode]).toEqual([path, type, refusals]);
    }
  });

  it.each(finite)('is not let read an answer, nor given a cookie: $method $path', async (operation) => {
    const { headers } = await askRoute(routes, operation, MINE, tokenOf('admin'));
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'set-cookie')).toEqual(
      [],
    );
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it.each(operations)('is not allowed by a preflight: $method $path', async ({ method, path }) => {
    const { statusCode, headers } = await routes.http.app.inject({
      ...{ method: 'OPTIONS', url: urlOf(path, MINE) },
      headers: {
        ...{ ...ORIGIN, 'access-control-request-method': method },
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});
