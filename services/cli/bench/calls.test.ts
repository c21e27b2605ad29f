import { describe, expect, it } from 'vitest';
import { costOf, isPoll } from './calls.ts';

const GUID = '11111111-1111-4111-8111-111111111111';

describe('the count of calls', () => {
  it('knows polls from the calls of an edit', () => {
    const unleashed = (method: string, url: string) => isPoll({ side: 'unleashed', method, url });
    expect(unleashed('GET', '/t/unleashed/Customers/1?pageSize=1000&includeAllContacts=true')).toBe(true);
    expect(unleashed('GET', '/t/unleashed/Customers?pageSize=1000')).toBe(true);
    expect(unleashed('GET', '/t/unleashed/Salespersons?pageSize=1000')).toBe(true);
    expect(unleashed('GET', `/t/unleashed/Customers/${GUID}`)).toBe(false);
    expect(unleashed('POST', `/t/unleashed/Customers/${GUID}`)).toBe(false);
    const crm = (url: string) => isPoll({ side: 'crm', method: 'GET', url });
    expect(crm('/t/crm/Divisions?%24filter=LastUpdatedTimestamp%20ge%202026-01-01T00%3A00%3A00Z')).toBe(true);
    expect(crm('/t/crm/Divisions(7)?%24expand=SalesLedger')).toBe(false);
  });

  it('gives calls per unit, and by kind without ids', () => {
    const calls = [
      { method: 'GET', url: `/t/unleashed/Customers/${GUID}` },
      { method: 'POST', url: `/t/unleashed/Customers/${GUID}` },
      { method: 'GET', url: `/t/unleashed/Customers/${GUID.replaceAll('1', '2')}` },
      { method: 'PATCH', url: '/t/crm/Divisions(7)' },
    ];
    expect(costOf('edit', 'unleashed', 3, calls)).toEqual({
      ...{ what: 'edit', side: 'unleashed', units: 3, calls: 4, perUnit: 1.33 },
      byKind: { 'GET Customers/*': 2, 'POST Customers/*': 1, 'PATCH Divisions(*)': 1 },
    });
  });
});
