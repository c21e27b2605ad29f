import { expect, it } from 'vitest';
import type { LinkSide } from '#contracts';
import { emptyLink, type LinkState } from './link-state.ts';
import { createTenantState, deleteLink, linkOf, setLink, type TenantState } from './tenant-state.ts';

const HALF: LinkSide = {
  id: '7',
  parentId: '',
  deleted: false,
  active: true,
  inactiveReason: 'ok',
  code: 'KOWHAI',
  accountsId: 'guid-1',
  marker: '',
  defaultId: '7',
  readStartedAtMs: 1,
  sourceUpdatedAtMs: 1,
  sourceUpdatedBy: null,
  confirmedAtMs: null,
  unclear: [],
  operatingCompany: 'A',
};

function company(linkId: string, change: Partial<LinkSide> = {}, manager = 'JSM'): LinkState {
  const link = emptyLink('acme', 'company', linkId);
  const fields = link.fields.map((field) => (field.field === 'accountManager' ? { ...field, crm: manager } : field));
  return { ...link, crm: { ...HALF, ...change }, fields };
}

const empty = (): TenantState => createTenantState('acme', { links: [], setting: null, lanes: [] });

it('has the same indexes, whether a link was put once or came there by many changes of any one key', () => {
  const steps = [
    company('c:7'),
    company('c:7', { readStartedAtMs: 2 }),
    company('c:7', { code: 'OTHER' }),
    company('c:7', { code: 'OTHER' }, 'ABC'),
    company('c:7', { code: 'OTHER', accountsId: 'guid-2' }, 'ABC'),
    company('c:7', { code: 'OTHER', accountsId: 'guid-2', operatingCompany: 'B' }, 'ABC'),
    company('c:7', { code: 'OTHER', accountsId: 'guid-2', operatingCompany: 'B', marker: 'm' }, 'ABC'),
    company('c:7', { code: 'OTHER', accountsId: 'guid-2', operatingCompany: 'B', marker: 'm', id: '8' }, 'ABC'),
  ];
  const stepwise = empty();
  for (const link of steps) {
    setLink(stepwise, link);
    const atOnce = empty();
    setLink(atOnce, link);
    expect(stepwise.index).toEqual(atOnce.index);
  }
});

it('finds a record by its id in the link that was put last, also when that one had not changed', () => {
  const state = empty();
  setLink(state, company('c:7'));
  setLink(state, company('u:other'));
  deleteLink(state, 'company/u:other');
  setLink(state, company('c:7'));
  expect(linkOf(state, 'company', 'crm', '7')?.linkId).toBe('c:7');
});
