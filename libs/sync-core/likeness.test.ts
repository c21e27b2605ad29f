import { describe, expect, test } from 'vitest';
import type { CrmContact } from '#contracts';
import { explainRecord } from './explain.ts';
import { areAlike } from './likeness.ts';
import { matchOf } from './match.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';
const Q = '44444444-4444-4444-8444-444444444444';

describe('two contacts', () => {
  const ann = { firstName: 'ann', lastName: 'lee', email: 'ann@x.example' };
  test.each([
    ['the same name, another address', { ...ann, email: 'lee@x.example' }, true],
    ['the same address, the same first name', { ...ann, lastName: 'ray' }, true],
    ['the same address, no name', { firstName: '', lastName: '', email: ann.email }, true],
    ['the same address, another human being', { firstName: 'bo', lastName: 'ray', email: ann.email }, false],
    ['nothing in common', { firstName: 'bo', lastName: 'lee', email: 'bo@x.example' }, false],
    ['nobody', { firstName: '', lastName: '', email: '' }, false],
  ])('are alike or not: %s', (_, other, alike) => {
    expect([areAlike(ann, other), areAlike(other, ann)]).toEqual([alike, alike]);
  });

  test('nobody is alike to nobody', () => {
    const nobody = { firstName: '', lastName: '', email: '' };
    expect(areAlike(nobody, nobody)).toBe(false);
  });
});

describe('a contact of Unleashed that two of the CRM look like', () => {
  function world() {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.see('crm.contact.v1', crmContact('6', '1'));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.wait(5_000);
    return tenant;
  }
  const linkOf = (tenant: ReturnType<typeof world>) => tenant.state.links.get(`contact/u:${P}`)!;
  const about = (tenant: ReturnType<typeof world>) => explainRecord(tenant.state, linkOf(tenant));
  const again = (tenant: ReturnType<typeof world>, id: string, change: Partial<CrmContact>, divisionId = '1') => {
    tenant.wait(1_000);
    tenant.see('crm.contact.v1', crmContact(id, divisionId, change));
    tenant.wait(5_000);
  };

  test('is not made and not joined: a person has to say who it is', () => {
    const tenant = world();
    expect(tenant.issued).toEqual([]);
    expect(linkOf(tenant).lookalikes).toEqual(['5', '6']);
    expect(about(tenant)).toEqual({ state: 'question', reason: 'match-ambiguous' });
    expect(tenant.decisions.findLast(({ linkId }) => linkId === `u:${P}`)).toMatchObject({
      verdict: 'waiting',
      reason: 'match-ambiguous',
    });
  });

  test('is joined to the one that somebody names; the other stays as it is', () => {
    const tenant = world();
    tenant.request({ kind: 'use-existing', entity: 'contact', side: 'crm', recordId: '6', targetId: P });
    expect(linkOf(tenant)).toMatchObject({ crm: { id: '6' }, lookalikes: [] });
    expect(tenant.issued).toEqual([]);
  });

  test('is made when somebody says so, and none of the others is taken for it', () => {
    const tenant = world();
    tenant.request({ kind: 'make-in-crm', entity: 'contact', side: 'unleashed', recordId: P });
    tenant.wait(5_000);
    expect(tenant.issued).toMatchObject([{ op: 'create', side: 'crm', notThese: ['5', '6'] }]);
  });

  test('is made once: what a lost try has made, without its marker, is not among those that it is not (I4)', () => {
    const tenant = world();
    tenant.request({ kind: 'make-in-crm', entity: 'contact', side: 'unleashed', recordId: P });
    tenant.wait(5_000);
    tenant.answer({ result: 'unknown', code: 'fate-unknown', targetId: '', created: false, fields: [], shown: null });
    tenant.tick(10);
    tenant.see('crm.contact.v1', crmContact('7', '1'));
    tenant.wait(60_000);
    expect(tenant.open).toMatchObject([{ op: 'create', notThese: ['5', '6'] }]);
  });

  test.each<[string, (tenant: ReturnType<typeof world>) => void, string]>([
    ['is renamed', (tenant) => again(tenant, '6', { firstName: 'Bo', lastName: 'Ray', email: 'bo@x.example' }), '5'],
    ['is deleted', (tenant) => again(tenant, '5', { deleted: true }), '6'],
    ['moves to another company', (tenant) => again(tenant, '5', {}, '2'), '6'],
  ])('is joined by itself once one of them %s', (_, change, joined) => {
    const tenant = world();
    change(tenant);
    expect(linkOf(tenant)).toMatchObject({ crm: { id: joined }, lookalikes: [] });
  });

  test('is made by itself once nobody looks like it', () => {
    const tenant = world();
    for (const id of ['5', '6']) again(tenant, id, { firstName: id, lastName: 'Else', email: `${id}@x.example` });
    // The first to change left one that was it without doubt.
    expect(linkOf(tenant).crm?.id).toBe('6');
  });

  test.each(['crm', 'unleashed'] as const)('of a pair, or of a company, cannot be made again (%s)', (side) => {
    const tenant = world();
    tenant.request({ kind: 'use-existing', entity: 'contact', side: 'crm', recordId: '6', targetId: P });
    tenant.request({ kind: 'make-in-crm', entity: 'contact', side: 'unleashed', recordId: P });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'already-there' });
    const recordId = side === 'crm' ? '1' : G;
    tenant.request({ kind: 'make-in-crm', entity: 'company', side, recordId });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'record-unknown' });
  });

  test('of a company that takes no part is not made either', () => {
    const tenant = world();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { obsolete: true }));
    tenant.request({ kind: 'make-in-crm', entity: 'contact', side: 'unleashed', recordId: P });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'company-not-synced' });
  });
});

describe('a second contact of Unleashed with the address of one that has its counterpart', () => {
  function world() {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.see('unleashed.contact.v1', unleashedContact(Q, G, { lastName: 'Ray' }));
    tenant.wait(5_000);
    return tenant;
  }

  test('is made, and the counterpart of the first is not taken for it', () => {
    expect(world().issued).toMatchObject([{ op: 'create', linkId: `u:${Q}`, notThese: ['5'] }]);
  });

  test('never shares it, even where the sink took it', () => {
    const tenant = world();
    tenant.answer({ result: 'applied', targetId: '5', created: false });
    expect(tenant.state.links.get(`contact/u:${P}`)?.crm?.id).toBe('5');
    expect(tenant.state.links.get(`contact/u:${Q}`)?.crm).toBeNull();
    tenant.wait(60_000);
    expect(tenant.open).toMatchObject([{ op: 'create', linkId: `u:${Q}`, notThese: ['5'] }]);
  });
});

describe('by what a pair is one', () => {
  function paired(crm: Partial<CrmContact>, unleashed: Parameters<typeof unleashedContact>[2] = {}) {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('crm.contact.v1', crmContact('5', '1', crm));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, unleashed));
    return matchOf(tenant.state.links.get(`contact/u:${P}`)!);
  }

  test.each([
    ['stored-id', paired({ accountsId: P, email: 'other@x.example' })],
    ['stored-id', paired({ marker: `unleashed:${P}`, email: '' })],
    ['email', paired({ firstName: 'Annie' })],
    ['name', paired({ email: 'other@x.example' })],
    [null, paired({ firstName: 'Bo', lastName: 'Ray', email: 'bo@x.example' })],
  ])('%s', (basis, found) => expect(found).toBe(basis));

  test('companies: by the id that the account stores, or by its code', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    expect(matchOf(tenant.state.links.get(`company/u:${G}`)!)).toBe('stored-id');
    const account = { ...company('1', '').account!, accountsId: '', customerCode: 'C1' };
    const other = createTestTenant();
    other.see('unleashed.customer.v1', customer(G, 'C1'));
    other.see('crm.company.v1', company('1', '', { account }));
    expect(matchOf(other.state.links.get(`company/u:${G}`)!)).toBe('account-code');
  });
});
