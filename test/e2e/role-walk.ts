/** Every page of the console, seen by people of each role. */
import { expect, it } from 'vitest';
import { type Action, NEEDED, ROLES } from '../../services/control-api/roles.ts';
import { type Browsing, PATIENCE_MS, showsText, TOKENS } from './browsing.ts';
import { recordPath } from './looks.ts';
import type { Rows } from './rows/kit.ts';

/** What there is to be ordered on these pages, whatever stands on them: more than this may be there, less may not. */
const ORDERS: Readonly<Record<string, readonly Action[]>> = {
  Overview: ['pause'],
  'Settings Centre': ['settings'],
  Drift: ['check-drift'],
  'Account managers': ['run-overnight'],
  Tenants: ['tenants', 'pause'],
  Alerts: ['settings'],
  'a record': ['read', 'pause'],
};

/** Adds a test for each role. */
export function walkRoles(rows: Rows, { open }: Browsing): void {
  it.each(ROLES)('shows every page to the role %s, with what it may do and no more', async (role) => {
    const token = role === 'admin' ? rows.chain.system.token : TOKENS[role];
    const page = await open('overview', {}, token);
    await showsText(page.getByRole('banner'), `(${role})`);
    const menu = page.getByRole('navigation', { name: 'Pages' });
    const names = await menu.getByRole('link').allTextContents();
    expect(names.length).toBeGreaterThanOrEqual(13);
    const ordered = new Map<string, Set<string>>();
    const look = async (name: string): Promise<void> => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.locator('[aria-busy="true"]').count(), { timeout: PATIENCE_MS }).toBe(0);
      for (const part of await page.locator('fieldset[data-actions]').all()) {
        const actions = (await part.getAttribute('data-actions'))!.split(' ') as Action[];
        const may = actions.some((action) => ROLES.indexOf(role) >= ROLES.indexOf(NEEDED[action]));
        expect([name, actions, (await part.getAttribute('disabled')) === null]).toEqual([name, actions, may]);
        for (const action of actions) ordered.set(name, (ordered.get(name) ?? new Set()).add(action));
      }
    };
    for (const name of names) {
      await menu.getByRole('link', { name, exact: true }).click();
      await page.getByRole('navigation').locator('[aria-current="page"]', { hasText: name }).waitFor();
      await look(name);
    }
    const [company] = await rows.sandbox.list(rows.tenant, 'crm', 'companies');
    await page.goto(
      `${rows.chain.system.urlOf('control-api')}/t/${rows.tenant}/${recordPath('company', `c:${company!.Id}`)}`,
    );
    await look('a record');
    for (const [name, actions] of Object.entries(ORDERS))
      expect([name, [...(ordered.get(name) ?? [])]]).toEqual([name, expect.arrayContaining([...actions])]);
  });
}
