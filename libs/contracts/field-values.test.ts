import { describe, expect, it } from 'vitest';
import {
  crmAddressValue,
  parseCrmAddress,
  parseUnleashedAddress,
  readableValue,
  unleashedAddressValue,
} from './field-values.ts';

describe('a value as people read it', () => {
  it('is an address in one line, without the blank parts', () => {
    const crm = crmAddressValue({ ...parseCrmAddress(''), line1: '1 Quay St', line3: 'Auckland', postcode: '1010' });
    expect(readableValue(crm)).toBe('1 Quay St, Auckland, 1010');
    const unleashed = unleashedAddressValue({ ...parseUnleashedAddress(''), street: '1 Quay St', country: 'NZ' });
    expect(readableValue(unleashed)).toBe('1 Quay St, NZ');
  });

  it.each(['', 'Acme Ltd', '{', '{"a":"b"}', '{"line1":"only"}', '[1]'])('is the text itself otherwise: %j', (text) => {
    expect(readableValue(text)).toBe(text);
  });
});
