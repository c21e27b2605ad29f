/** Every route, as the API describes itself: with each role, for another's tenant, without a token, with a panel's. */
import { describe, expect, it } from 'vitest';
import {
  type Asked,
  askRoute,
  CHANGES,
  MARK,
  MINE,
  operations,
  RIVAL,
  RIVALS_FAILING,
  tokenOf,
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
