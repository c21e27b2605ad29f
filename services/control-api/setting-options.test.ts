import { describe, expect, test } from 'vitest';
import { EXAMPLES } from '#contracts';
import { findOptions } from './setting-options.ts';

const setting = { ...EXAMPLES['sync.setting.v1'], enabled: true, addresses: false };
const FOUR = [
  'Enable Syncing between the CRM and your ERP system',
  'Enable the syncing of Account Managers',
  'Fix incorrect Account Managers overnight',
  'Enable Syncing of Company Addresses between the CRM and your ERP system',
];

describe('findOptions', () => {
  test.each([
    ['two way', FOUR],
    ['Two-Way  SYNC', FOUR],
    ['', FOUR],
    ['overnight', [FOUR[2]]],
    ['manager fix', [FOUR[2]]],
    ['ADDRESSES erp', [FOUR[3]]],
    ['sales person', [FOUR[1], FOUR[2]]],
    ['three way', []],
  ])('%j', (search, titles) => {
    expect(findOptions(search, setting).map(({ title }) => title)).toEqual(titles);
  });

  test('says how each is set', () => {
    const values = Object.fromEntries(findOptions('', setting).map(({ setting: name, value }) => [name, value]));
    expect(values).toMatchObject({ enabled: true, addresses: false });
  });
});
