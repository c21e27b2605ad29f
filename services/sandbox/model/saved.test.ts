import { describe, expect, it } from 'vitest';
import { schemas } from './prospect/schema.ts';
import { restoreWorkspace, takeTouched } from './saved.ts';
import { crm, record, testWorkspace } from './test-kit.ts';
import { createWorkspace } from './workspace.ts';

describe('a restored row of the CRM', () => {
  it('shows the properties of today, whatever it was saved with', () => {
    const workspace = testWorkspace();
    const { id, name, timeZone, pollSeconds } = workspace;
    const shown = record(crm(workspace, 'GET', '/Contacts(1001)'));
    const saved = takeTouched(workspace).map(({ part, key, row }) => {
      const { Fax: _missing, ...rest } = row ?? {};
      return { part, key, value: part === 'crm.Contacts' ? { ...rest, Gone: 'x' } : row };
    });
    const options = { id, name, timeZone, pollSeconds, seed: 'other', currency: 'NZD', monthlyCalls: 1000 };
    const restored = createWorkspace(options);
    restoreWorkspace(restored, saved);
    const again = record(crm(restored, 'GET', '/Contacts(1001)'));
    expect(again).toEqual({ ...shown, Fax: null });
    expect(Object.keys(again)).toEqual(schemas.Contacts.names);
  });
});
