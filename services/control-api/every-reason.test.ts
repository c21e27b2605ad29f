/**
 * Explain, for every reason code: it is reached, and the API says it with the words of docs/reasons.md. The state is what the core
 * decides about a test tenant, without Kafka and the two systems: codes that a sink gives are put into an outcome here, and each
 * sink's own tests show that it gives them. A code that is added to the list without a case here fails the last test.
 */
import { describe, expect, test } from 'vitest';
import { explainField, explainRecord, REASONS, type ReasonCode } from '#sync-core';
import { playTape } from '#test/core-quality/tapes/tape.ts';
import {
  company,
  createTestTenant,
  crmContact,
  customer,
  salesperson,
  unleashedContact,
  user,
} from '../../libs/sync-core/world.fixture.ts';
import { createApi, saidIn, type Tenant, wordsOfDocs } from './explained.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const H = '22222222-1111-4111-8111-111111111111';
const P = '33333333-1111-4111-8111-111111111111';
const S = 'aaaaaaaa-1111-4111-8111-111111111111';
const T = 'bbbbbbbb-1111-4111-8111-111111111111';
const NOTHING_SHOWN = { fields: [], shown: null, shownReadStartedAtMs: null };
const COMPANY = { entity: 'company', side: 'crm', recordId: '1' } as const;
const CONTACT = { entity: 'contact', side: 'crm', recordId: '5' } as const;

/** Brings a tenant into the state that a code is about. */
type Arrange = (tenant: Tenant) => void;

/** A company that is linked; people are synced. */
function linked(): Tenant {
  const tenant = createTestTenant({ enabled: 'true', addresses: 'true', accountManagers: 'true' });
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}
const edit: Arrange = (tenant) => void tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
const account = (change: object) => ({ account: { ...company('1', G).account!, ...change } });
const see =
  (change: object): Arrange =>
  (tenant) =>
    void tenant.see('crm.company.v1', company('1', G, change));
const pressed: Arrange = (tenant) => {
  tenant.see('crm.contact.v1', crmContact('5', '1'));
  tenant.request({ kind: 'sync-contact', ...CONTACT });
};
/** What a sink answered to an edit of the phone: refused for good, or to be tried again. */
const answered =
  (result: string, code: string): Arrange =>
  (tenant) => {
    edit(tenant);
    tenant.answer({ ...NOTHING_SHOWN, result, code });
  };
const refused = (code: string) => answered('refused', code);
const deferred = (code: string) => answered('deferred', code);

/** More companies than the breaker lets pass in any case. */
const MASS = Array.from({ length: 60 }, (_, number) => 1_000 + number);
const massEdit: Arrange = (tenant) => {
  for (const phone of ['1', '2']) {
    for (const number of MASS) {
      const guid = `${number}${number}${G.slice(8)}`;
      tenant.see('crm.company.v1', company(`${number}`, guid, { phone }));
      if (phone === '1') tenant.see('unleashed.customer.v1', customer(guid, `C${number}`));
    }
    tenant.tick(60 * 60_000);
  }
};

/** Codes that the tapes do not come to. */
const CASES: { readonly [C in ReasonCode]?: Arrange } = {
  // What is so about a record.
  'no-customer': see(account({ accountsId: '', customerCode: 'C9' })),
  'no-default-company': (tenant) => {
    see(account({ defaultDivisionId: null }))(tenant);
    tenant.see('crm.company.v1', company('2', G, account({ defaultDivisionId: null })));
  },
  'not-default-company': (tenant) => void tenant.see('crm.company.v1', company('2', G, account({}))),
  'ambiguous-code': (tenant) => {
    tenant.see('unleashed.customer.v1', customer(H, 'C1'));
    tenant.see('crm.company.v1', company('2', '', account({ accountsId: '', defaultDivisionId: '2' })));
  },
  'account-closed': see(account({ closed: true })),
  'private-customer': see({ isB2C: true }),
  'merged-in-crm': see({ mergedWith: '2' }),
  'no-company-known': (tenant) => void tenant.see('crm.contact.v1', crmContact('5', '9')),
  'contact-without-name': (tenant) => void tenant.see('crm.contact.v1', crmContact('5', '1', { firstName: '' })),
  'name-taken': (tenant) => {
    tenant.see('crm.contact.v1', crmContact('5', '1', { email: 'other@acme.example' }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { deleted: false, email: 'x@acme.example' }));
    tenant.see('crm.contact.v1', crmContact('6', '1', { accountsId: P }));
  },
  'several-operating-companies': (tenant) => {
    tenant.see('crm.company.v1', company('2', H, { operatingCompanyCode: 'B' }));
    tenant.request({ settings: { enabled: 'true' } });
  },
  // What is so about a field.
  'address-ambiguous': (tenant) =>
    void tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous' })),
  'user-not-ticked': (tenant) => {
    tenant.see('unleashed.salesperson.v1', salesperson(S, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example', { accountManager: false }));
    see({ accountManager: 'JBL' })(tenant);
  },
  'user-obsolete': (tenant) => {
    tenant.see('unleashed.salesperson.v1', salesperson(S, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example', { obsolete: true }));
    see({ accountManager: 'JBL' })(tenant);
  },
  'manager-ambiguous': (tenant) => {
    tenant.see('unleashed.salesperson.v1', salesperson(S, 'Jo Bell', 'jo@acme.example'));
    tenant.see('unleashed.salesperson.v1', salesperson(T, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    see({ accountManager: 'JBL' })(tenant);
  },
  'salesperson-obsolete': (tenant) => {
    tenant.see('unleashed.salesperson.v1', salesperson(S, 'Jo Bell', 'jo@acme.example', { obsolete: true }));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S }));
  },
  'side-paused': (tenant) => {
    tenant.request({ kind: 'pause', side: 'unleashed' });
    edit(tenant);
  },
  'entity-paused': (tenant) => {
    tenant.request({ kind: 'pause', entity: 'company' });
    edit(tenant);
  },
  'awaiting-turn': (tenant) => {
    for (const phone of ['1', '2']) {
      for (const number of [2, 3, 4, 5, 6]) {
        const guid = `${number}`.repeat(8) + G.slice(8);
        tenant.see('crm.company.v1', company(`${number}`, guid, { phone }));
        tenant.see('unleashed.customer.v1', customer(guid, `C${number}`));
      }
      tenant.tick(10_000);
    }
  },
  answered: (tenant) => {
    tenant.request({ settings: { conflictPolicy: 'ask' } });
    tenant.request({ kind: 'pause', side: 'unleashed' });
    edit(tenant);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
    tenant.request({ kind: 'answer', ...COMPANY, field: 'phone' });
  },
  'tenant-removed': (tenant) => void tenant.removeTenant(),
  'overnight-fix': (tenant) => {
    tenant.see('unleashed.salesperson.v1', salesperson(S, 'Jo Bell', 'jo@acme.example'));
    tenant.see('unleashed.salesperson.v1', salesperson(T, 'Kit Low', 'kit@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('KIT', 'Kit Low', 'kit@acme.example'));
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.request({ settings: { 'conflictPolicy.company.accountManager': 'crm' } });
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S }));
    see({ accountManager: 'KIT' })(tenant);
    tenant.request({ kind: 'run-overnight' });
  },
  // What a sink says of a command.
  'address-missing': refused('address-missing'),
  'invalid-value': refused('invalid-value'),
  'target-deleted': refused('target-deleted'),
  'command-invalid': refused('command-invalid'),
  'rate-limited': deferred('rate-limited'),
  'quota-spent': deferred('quota-spent'),
  'credentials-refused': deferred('credentials-refused'),
  'nonsense-answer': deferred('nonsense-answer'),
  'not-shown': (tenant) => {
    edit(tenant);
    tenant.answer({ shown: [{ field: 'phone', value: '1' }] });
  },
  'lane-deferred': (tenant) => {
    edit(tenant);
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'unavailable', scope: 'lane' });
  },
  paused: answered('superseded', 'paused'),
  'other-field-drift': (tenant) => {
    edit(tenant);
    tenant.answer({ code: 'other-field-drift', message: 'Changed during the write, and not by it: Notes' });
  },
  'parent-missing': (tenant) => {
    pressed(tenant);
    tenant.wait(10_000);
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'parent-missing' });
  },
  // What the breaker makes of a mass of edits.
  'breaker-held': (tenant) => massEdit(tenant),
  'breaker-refused': (tenant) => {
    massEdit(tenant);
    for (const number of MASS) tenant.request({ kind: 'refuse', ...COMPANY, recordId: `${number}` });
  },
  // What somebody is answered who ordered something.
  'nothing-held': (tenant) => void tenant.request({ kind: 'release', ...COMPANY }),
  'plan-outdated': (tenant) => void tenant.request({ kind: 'retry', ...COMPANY, seen: 'something else' }),
  'request-repeated': (tenant) => {
    tenant.request({ requestId: 'r', settings: { overnightHour: '3' } });
    tenant.request({ requestId: 'r', settings: { overnightHour: '3' } });
  },
};

/** Codes that are on sync.decision alone: they are about no company or contact, or say that a read brought nothing new. */
const TOPIC_ONLY: readonly ReasonCode[] = [
  'no-change',
  'older-read',
  'noted',
  'person-matched',
  'person-unmatched',
  'setting-accepted',
  'timer-fired',
];

/** Codes of the contract (they are never taken away) that this version does not give. */
const NOT_GIVEN: readonly ReasonCode[] = [
  // Two records that are joined are merged in the same step, which has more to say.
  'first-alignment',
  // Users and sales people have no pages, and nobody can order anything for one.
  'person-told-apart',
  'creation-settling',
  'not-translatable',
  'setting-not-available',
];

const words = wordsOfDocs();
const said = new Set<string>();
const decided = new Set<string>();

/** Looks at all that the API says; gives the codes. */
async function hear(tenant: Tenant, api: Awaited<ReturnType<typeof createApi>>): Promise<Set<string>> {
  await api.catchUp();
  const heard = new Set<string>();
  for (const { reason, ...rest } of saidIn(await api.sayAll())) {
    heard.add(reason);
    if (reason in REASONS) expect({ reason, ...words.get(reason) }).toMatchObject({ reason, ...rest });
  }
  for (const code of heard) said.add(code);
  for (const { reason, fields } of tenant.decisions) for (const one of [{ reason }, ...fields]) decided.add(one.reason);
  return heard;
}

describe('the words for', () => {
  test.each(Object.entries(CASES))('%s', async (code, arrange) => {
    const tenant = linked();
    const api = await createApi(tenant);
    try {
      // What the tenant's first records led to is known as well.
      tenant.see('crm.company.v1', company('1', G));
      tenant.see('unleashed.customer.v1', customer(G, 'C1'));
      tenant.tick(10_000);
      arrange(tenant);
      expect([...(await hear(tenant, api))]).toContain(code);
    } finally {
      await api.close();
    }
  });
});

describe('a long afternoon', { timeout: 60_000 }, () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
    '%i: no field of any record is ever without an answer, and the API says what the core says',
    async (seed) => {
      let tenant!: Tenant;
      let api!: Promise<Awaited<ReturnType<typeof createApi>>>;
      playTape(seed, {
        events: 20 + seed * 15,
        begin: (begun) => {
          tenant = begun;
          api = createApi(begun);
          tenant.watch(() => {
            for (const link of tenant.state.links.values()) {
              expectAnswer(explainRecord(tenant.state, link));
              for (const { field } of link.fields) expectAnswer(explainField(tenant.state, link, field));
            }
          });
        },
      });
      try {
        await hear(tenant, await api);
        await expectSame(tenant, await api);
      } finally {
        await (await api).close();
      }
    },
  );

  const STATES = ['in-sync', 'waiting', 'question', 'stopped', 'off', 'not-eligible'];
  /** Codes of the tapes' sinks that are not on the list: what a newer sink says is passed on. */
  const NEWER = ['not-allowed', 'throttled'];
  function expectAnswer({ state, reason }: { state: string; reason: string }): void {
    if (!STATES.includes(state) || !(reason in REASONS || NEWER.includes(reason)) || reason === 'ok') {
      expect({ state, reason }).toBe('an answer');
    }
  }

  async function expectSame({ state }: Tenant, api: { get(path: string): Promise<unknown> }): Promise<void> {
    for (const link of state.links.values()) {
      if (link.entity === 'person') continue;
      const shown = await api.get(`/records/${link.entity}/${encodeURIComponent(link.linkId)}`);
      expect(shown).toMatchObject({
        ...explainRecord(state, link),
        fields: link.fields.map(({ field }) => ({ field, ...explainField(state, link, field) })),
      });
    }
  }
});

test('every code of the list is said, or it is known why not', () => {
  const all = Object.keys(REASONS) as ReasonCode[];
  expect([...words.keys()].sort()).toEqual([...all].sort());
  const silent = all.filter((code) => !said.has(code));
  expect(silent.sort()).toEqual([...TOPIC_ONLY, ...NOT_GIVEN].sort());
  expect(TOPIC_ONLY.filter((code) => !decided.has(code))).toEqual([]);
  expect(NOT_GIVEN.filter((code) => decided.has(code))).toEqual([]);
});
