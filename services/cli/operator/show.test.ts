import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SettingsView, TenantView } from '../../control-api/view-schemas.ts';
import { showSettings, showTenants } from './show.ts';

const settings = {
  ...{ version: 3, enabled: true, holds: true, pausedSides: ['crm'], pausedEntities: ['contact'], changedBy: 'ann' },
  ...{ changedAt: '2026-10-01T09:00:00.000Z', overnightDueAt: null, overnightLast: null },
  pauses: [
    {
      ...{ what: 'crm', by: 'ann', since: '2026-10-01T09:00:00.000Z' },
      ...{ sentence: 'ann paused it.', action: 'Resume it.' },
    },
    {
      ...{ what: 'contact', by: '', since: null },
      sentence: 'It was not noted who paused it.',
      action: 'Resume it.',
    },
  ],
} as unknown as SettingsView;

describe('a pause', () => {
  it('is among the settings with its reason', () => {
    const lines = stripVTControlCharacters(showSettings(settings)).split('\n');
    expect(lines).toContain('  Writing is paused: crm since 2026-10-01T09:00:00.000Z. ann paused it. Resume it.');
    expect(lines).toContain('  Writing is paused: contact. It was not noted who paused it. Resume it.');
    expect(showSettings(settings)).not.toMatch(/pauses|pausedSides|pausedEntities/);
  });

  it('stands beside its tenant with whoever ordered it', () => {
    const tenant = { tenantId: 'acme', name: 'Acme', settings, lanes: [] } as unknown as TenantView;
    expect(showTenants({ tenants: [tenant] })).toContain('crm: paused by ann, contact: paused');
  });
});
