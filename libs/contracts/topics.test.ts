import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from './examples.ts';
import { homeOfKey, linkKey, partitionOf, settingKey, tenantOfKey } from './topics.ts';

const { tenantId } = EXAMPLES['sync.link.v1'];

describe('the tenant of a key', () => {
  it('is what stands before the first slash', () => {
    expect(tenantOfKey(settingKey(tenantId))).toBe(tenantId);
    expect(tenantOfKey(linkKey(tenantId, 'company', 'u:1/2'))).toBe(tenantId);
  });

  it.each(['', '/', '/setting', tenantId])('is none where there is nothing before a slash: %j', (key) => {
    expect(tenantOfKey(key)).toBeNull();
    expect(tenantOfKey(Buffer.from(key))).toBeNull();
  });

  it('is none where there is no key', () => {
    expect(tenantOfKey(null)).toBeNull();
  });

  it('is the same of a text and of its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), fc.boolean(), (a, b, isSplit) => {
        const key = isSplit ? `${a}/${b}` : a + b;
        expect(tenantOfKey(Buffer.from(key))).toBe(tenantOfKey(key));
        expect(homeOfKey(Buffer.from(key), 8)).toBe(homeOfKey(key, 8));
      }),
    );
  });

  it('says where its records are', () => {
    expect(homeOfKey(settingKey(tenantId), 8)).toBe(partitionOf(tenantId, 8));
  });
});
