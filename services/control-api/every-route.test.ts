/** Every route, as the API describes itself: with each role, for another's tenant, without a token, with a panel's. */
import { describe, expect, it } from 'vitest';
import { createSessionTokens } from './authority/session-tokens.ts';
import {
  type Asked,
  askRoute,
  CHANGES,
  MARK,
  MINE,
  operations,
  RIVAL,
  RIVALS_FAILING,
  SESSION_KEY,
  tokenOf,
  urlOf,
  useEveryRoute,
} from './every-route.fixture.ts';
import { mayDo, ROLES } from './roles.ts';

const routes = useEveryRoute();
const tenantOperations = operations.filter(({ path }) => path.includes('{tenantId}'));
/** Those that look whatever their method: they are answered alike for all roles. */
const looks = ({ method, path }: Asked): boolean => method === 'GET' || path.endsWith('/preview');
const ask = (operation: Asked, tenantId: string, token: string | null, body?: object) =>
  askRoute(routes, operation, tenantId, token, body);

/** Where an order is sent that is none of the requests. */
const PLACES: Readonly<Record<string, string>> = {
  ...{
    settings: 'settings',
    tenants: 'configuration',
    'embed-token': 'embed-tokens',
    'repair-drift': 'plans',
  },
};

describe.each(operations)('$method $path', (operation) => {
  it('answers nobody without a token, or with one that is not known', async () => {
    for (const token of [null, 'not-a-token-of-anybody-0123456789']) {
      const { statusCode, body } = await ask(operation, MINE, token);
      expect(statusCode).toBe(401);
      expect(body).not.toContain('Acme');
    }
  });
});

describe.each(ROLES)('a %s', (role) => {
  it.each(tenantOperations)('learns nothing of another tenant by $method $path', async (operation) => {
    const foreign = await ask(operation, RIVAL, tokenOf(role));
    const nobody = await ask(operation, 'nobody', tokenOf(role));
    // Who may not change anything is told so before the tenant is looked at, whoever's it is.
    expect([404, ...(looks(operation) ? [] : [403])]).toContain(foreign.statusCode);
    expect(foreign.body).not.toContain(MARK);
    expect(foreign.body.replaceAll(RIVAL, 'nobody')).toBe(nobody.body);
  });

  it('sees its own tenant everywhere, and nothing of another', async () => {
    for (const operation of operations.filter(({ method, endless }) => method === 'GET' && !endless)) {
      const { statusCode, body } = await ask(operation, MINE, tokenOf(role));
      expect([operation.path, statusCode]).toEqual([operation.path, 200]);
      expect(body).not.toContain(MARK);
      expect(body).not.toContain(RIVAL);
      expect(body).not.toContain(String(RIVALS_FAILING));
    }
  });

  it('may order what its role allows, and nothing else', async () => {
    for (const [action, body] of Object.entries(CHANGES)) {
      const path = `/v1/tenants/{tenantId}/${PLACES[action] ?? 'requests'}`;
      const operation = { method: ['settings', 'tenants'].includes(action) ? 'PUT' : 'POST', path } as const;
      const { statusCode } = await ask(operation, MINE, tokenOf(role), body);
      const may = mayDo(role, action as keyof typeof CHANGES);
      // What the check here found cannot be looked at any more: who may plan it is told so.
      const taken = action === 'repair-drift' ? 409 : 200;
      expect([action, statusCode]).toEqual([action, may ? taken : 403]);
    }
    const press = { method: 'POST', path: '/v1/tenants/{tenantId}/panel/{contactId}/sync' } as const;
    expect((await ask(press, MINE, tokenOf(role))).statusCode).toBe(mayDo(role, 'sync-contact') ? 200 : 403);
  });
});

describe('what is served besides', () => {
  /** Files of pages, which know nothing of any tenant, the document of the API, and how to get in. */
  const OPEN = [
    ...['GET /', 'GET /index.html', 'GET /panel.html', 'GET /assets/main.js', 'GET /t/*'],
    ...['GET /embed/contact/{tenantId}/{contactId}', 'GET /v1/openapi.json'],
    // The way to an identity provider and back; `sign-in-routes.test.ts` walks it.
    ...['GET /sign-in/provider', 'GET /sign-in/start', 'GET /sign-in/callback'],
  ];
  const urls = [
    '/',
    '/index.html',
    '/panel.html',
    '/assets/main.js',
    `/t/${RIVAL}/records`,
    '/v1/openapi.json',
    '/sign-in/provider',
  ];

  it('is pages and the document alone: every other route is walked above', () => {
    const walked = operations.map(({ method, path }) => `${method} ${path}`);
    const others = routes.served.filter((route) => !route.startsWith('HEAD ') && !walked.includes(route));
    expect([...new Set(others)].sort()).toEqual([...OPEN].sort());
    expect(walked.filter((route) => !routes.served.includes(route))).toEqual([]);
  });

  it.each([...urls, `/embed/contact/${RIVAL}/5`, '/health/live', '/health/ready', '/metrics'])(
    '%s is the same for everybody, and says nothing of a tenant',
    async (url) => {
      const answers = [];
      for (const token of [null, ...ROLES.map(tokenOf)]) {
        const headers = token === null ? {} : { authorization: `Bearer ${token}` };
        const { statusCode, body } = await routes.http.app.inject({ url, headers });
        // The document is for whoever may ask anything at all.
        const isClosed = url === '/v1/openapi.json' && token === null;
        expect([url, statusCode]).toEqual([url, isClosed ? 401 : 200]);
        for (const word of [MARK, 'Acme', String(RIVALS_FAILING)]) expect(body).not.toContain(word);
        // Times of requests are in the metrics, and no name.
        if (url !== '/metrics' && !isClosed) answers.push(body);
      }
      expect(new Set(answers).size).toBeLessThanOrEqual(1);
    },
  );

  it.each(['/../package.json', '/assets/..%2f..%2fpackage.json', '/%2e%2e/tenants.yaml', '/tenants.yaml', '/store/'])(
    'no other file is: %s',
    async (url) => {
      expect((await routes.http.app.inject({ url })).statusCode).toBe(404);
    },
  );
});

describe('bad input', () => {
  const TOO_LARGE = JSON.stringify({ a: 'x'.repeat(10 * 1024 * 1024) });
  const takesBody = operations.filter(({ method }) => method !== 'GET');

  it.each(takesBody)('ten megabytes are not read: $method $path', async ({ method, path }) => {
    for (const token of [null, ...ROLES.map(tokenOf)]) {
      const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
      const headers = { ...authorization, 'content-type': 'application/json' };
      const { statusCode } = await routes.http.app.inject({
        method,
        url: urlOf(path, MINE),
        headers,
        payload: TOO_LARGE,
      });
      // Whoever may not send anything at all hears of that.
      expect([path, token === null ? [401, 413] : [403, 413]]).toEqual([path, expect.arrayContaining([statusCode])]);
    }
  });

  it.each(operations)('a session that is over is nobody: $method $path', async (operation) => {
    if (operation.path.endsWith('/sign-in')) return;
    const longAgo = createSessionTokens(SESSION_KEY, () => Date.now() - 60 * 60_000);
    const { token } = await longAgo.issue({ subject: 'ann', role: 'admin', tenants: null });
    const { statusCode, body } = await ask(operation, MINE, token);
    expect(statusCode).toBe(401);
    expect(body).not.toContain('Acme');
  });
});

describe('the panel of a contact', () => {
  const panelOf = (contactId: string, tenantId = MINE) =>
    routes.sessions.issue({
      ...{ subject: 'Ann (panel)', role: 'sales', tenants: new Set([tenantId]) },
      panel: { tenantId, contactId },
    });

  it.each(operations)('may do nothing but show its contact and press its button: $method $path', async (operation) => {
    const { token } = await panelOf('5');
    const { statusCode } = await ask(operation, MINE, token);
    const own = operation.path.includes('/panel/') || operation.path.endsWith('/session/renew');
    // Signing in asks for no token, and takes none.
    expect(statusCode).toBe(own ? 200 : operation.path.endsWith('/sign-in') ? 401 : 403);
  });

  it('is of one contact of one tenant', async () => {
    const look = { method: 'GET', path: '/v1/tenants/{tenantId}/panel/{contactId}' } as const;
    expect((await ask(look, MINE, (await panelOf('5')).token)).json()).toMatchObject({
      contactId: '5',
      name: 'Acme Lee',
    });
    expect((await ask(look, MINE, (await panelOf('6')).token)).statusCode).toBe(403);
    expect((await ask(look, RIVAL, (await panelOf('5')).token)).statusCode).toBe(404);
    expect((await ask(look, MINE, (await panelOf('5', RIVAL)).token)).statusCode).toBe(404);
  });
});
