import { describe, expect, it } from 'vitest';
import { type Action, mayDo, NEEDED, ROLES, requireMay } from './roles.ts';

const may = (action: Action) => ROLES.filter((role) => mayDo(role, action));

describe('roles', () => {
  it.each([
    ['settings', ['admin']],
    ['pause', ['operator', 'admin']],
    ['run-overnight', ['operator', 'admin']],
    ['sync-contact', ['sales', 'operator', 'admin']],
    ['restore', ['sales', 'operator', 'admin']],
  ] as const)('%s is for %j', (action, roles) => {
    expect(may(action)).toEqual(roles);
  });

  it('a viewer may order nothing at all, an admin everything', () => {
    for (const action of Object.keys(NEEDED) as Action[]) {
      expect(may(action)).not.toContain('viewer');
      expect(may(action)).toContain('admin');
    }
  });

  it('a refusal names who, what and the role that may', () => {
    expect(() => requireMay({ subject: 'sam', role: 'sales' }, 'settings')).toThrow(
      expect.objectContaining({
        status: 403,
        message: 'sam has the role sales and may not change settings; that needs the role admin.',
      }),
    );
    expect(() => requireMay({ subject: 'sam', role: 'sales' }, 'answer')).not.toThrow();
  });
});
