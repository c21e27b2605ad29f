/** What a tenant may say of its alerts, and what then holds. */
import { expect, test } from 'vitest';
import { ALERT_RULES, alertThreshold, isAlertRule, isAlertSetting } from './alert-rules.ts';

test.each([
  ['freshness', '1', true],
  ['freshness', '100000', true],
  ['freshness', '100001', false],
  ['freshness', '0', false],
  ['freshness', '1.5', false],
  ['freshness', '-3', false],
  ['freshness', '', false],
  ['freshness', 'on', false],
  ['freshness', 'off', true],
  ['freshness', 'default', true],
  ['failing', '100', true],
  ['failing', '101', false],
  ['drift', '100000', true],
  ['credentials', '1', true],
  ['credentials', '2', false],
  ['pauseWhenFailing', 'on', true],
  ['pauseWhenFailing', 'default', true],
  ['pauseWhenFailing', 'off', false],
  ['pauseWhenFailing', '5', false],
  ['weather', '5', false],
  ['toString', 'off', false],
])('alert.%s = %j may be set: %s', (name, text, allowed) => {
  expect(isAlertSetting(name, text)).toBe(allowed);
});

test('a rule is known by its own name only, not by what every object has', () => {
  expect(Object.keys(ALERT_RULES).every(isAlertRule)).toBe(true);
  expect(['pauseWhenFailing', 'toString', ''].some(isAlertRule)).toBe(false);
});

test("a tenant's own threshold comes before that of the rule, and off ends it", () => {
  expect(alertThreshold({}, 'freshness')).toBe(ALERT_RULES.freshness.threshold);
  expect(alertThreshold({ freshness: '7' }, 'freshness')).toBe(7);
  expect(alertThreshold({ freshness: 'off' }, 'freshness')).toBeNull();
  expect(alertThreshold({ freshness: 'off' }, 'quota')).toBe(ALERT_RULES.quota.threshold);
});
