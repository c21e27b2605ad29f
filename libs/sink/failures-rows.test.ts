/** Every row of the table, by its name, for each API: from what comes over the wire, through the real client, to the verdict. */
import { describe, expect, test } from 'vitest';
import { BudgetError } from '#http-api';
import { createCrmClient } from '#prospect-crm';
import { type Exchange, type ExchangeAnswer, ExchangeError } from '#runtime';
import { createUnleashedClient } from '#unleashed';
import { CALL_FAILURES, type CallFailure, classify, UNSENDABLE_ATTEMPTS } from './failures.ts';
import { verdictOf } from './verdict.ts';

const GUID = '0d3a6c3e-8a55-4f5e-9f7e-0b7f0a3c1d2e';
const JSON_TYPE = { 'content-type': 'application/json' };
const NOTHING = Buffer.alloc(0);

const answers =
  (status: number, body = '', headers: ExchangeAnswer['headers'] = JSON_TYPE): Exchange =>
  () =>
    Promise.resolve({ status, headers, body: Buffer.from(body) });
const breaks =
  (...how: ConstructorParameters<typeof ExchangeError>): Exchange =>
  () =>
    Promise.reject(new ExchangeError(...how));
const saysNo = (side: 'crm' | 'unleashed', toldToWait: boolean): Exchange => {
  return () => Promise.reject(new BudgetError(side, 5_000, toldToWait));
};

/** How a failure shows itself. */
interface Case {
  wire: Exchange;
  /** Default write. */
  stage?: 'read' | 'write';
  attempt?: number;
  /** What it does on an API that does not know the row; default: the same row. */
  crm?: CallFailure;
  unleashed?: CallFailure;
}

const CASES: Record<CallFailure, Case[]> = {
  'no-connection': [{ wire: breaks('network', 'not-sent', null, NOTHING) }],
  'server-error': [
    { wire: answers(503) },
    { wire: answers(502, '<html>') },
    { wire: answers(500, '{}') },
    { wire: answers(500), stage: 'read' },
  ],
  'empty-server-error': [{ wire: answers(500), crm: 'server-error' }],
  unsendable: [{ wire: answers(500), attempt: UNSENDABLE_ATTEMPTS, crm: 'server-error' }],
  'rate-limited-until': [{ wire: answers(429, '', { ...JSON_TYPE, 'retry-after': '7' }) }],
  'rate-limited': [{ wire: answers(429) }],
  'told-to-wait': [{ wire: saysNo('crm', true) }, { wire: saysNo('unleashed', true) }],
  'window-full': [{ wire: saysNo('crm', false) }],
  'month-full': [{ wire: saysNo('unleashed', false) }],
  'quota-spent': [{ wire: answers(403, '{"Description":"Monthly API quota used up"}'), crm: 'credentials-refused' }],
  'timed-out': [
    { wire: breaks('timeout', 'not-sent', null, NOTHING) },
    { wire: breaks('timeout', 'sent', null, NOTHING) },
    { wire: breaks('timeout', 'answering', 200, NOTHING) },
  ],
  'lost-response': [{ wire: breaks('network', 'sent', null, NOTHING) }],
  'nonsense-answer': [
    { wire: answers(200, '<html>please log in</html>', { 'content-type': 'text/html' }) },
    { wire: answers(200, '{"cut":') },
    { wire: breaks('network', 'answering', 200, NOTHING) },
    { wire: answers(302) },
  ],
  'answer-too-big': [{ wire: breaks('too-big', 'answering', 200, NOTHING) }],
  'credentials-refused': [{ wire: answers(401) }, { wire: answers(403) }],
  'target-missing': [{ wire: answers(404) }],
  'value-refused': [
    { wire: answers(400, '{"error":{"message":"no","details":[{"target":"Name"}]},"errors":{"CustomerName":"no"}}') },
    { wire: answers(409) },
    { wire: answers(412) },
    { wire: answers(422) },
  ],
  'read-refused': [{ wire: answers(400), stage: 'read' }],
  cancelled: [{ wire: breaks('cancelled', 'sent', null, NOTHING) }],
};

const baseUrl = 'http://api.invalid';
const SIDES = {
  crm(exchange: Exchange, stage: 'read' | 'write'): Promise<unknown> {
    const client = createCrmClient({ baseUrl, token: 't', exchange });
    return stage === 'read' ? client.pages('Contacts', {}).next() : client.patch('Contacts', 1, { Fax: '1' });
  },
  unleashed(exchange: Exchange, stage: 'read' | 'write'): Promise<unknown> {
    const client = createUnleashedClient({ baseUrl, apiId: 'i', apiKey: 'k', exchange });
    return stage === 'read' ? client.getCustomer(GUID) : client.postCustomer(GUID, { CustomerName: 'x' });
  },
};

describe.each(['crm', 'unleashed'] as const)('%s', (side) => {
  test.each(Object.entries(CASES))('%s', async (name, cases) => {
    for (const { wire, stage = 'write', attempt = 1, [side]: instead } of cases) {
      const error: unknown = await SIDES[side](wire, stage).then(
        () => null,
        (failure: unknown) => failure,
      );
      const row = instead ?? (name as CallFailure);
      expect(classify(error, { stage, attempt })).toBe(row);
      expectAsTheRowSays(row, verdictOf(error, { stage, attempt, failuresInARow: 0, nowMs: 1_000 }));
    }
  });
});

function expectAsTheRowSays(row: CallFailure, verdict: ReturnType<typeof verdictOf>): void {
  const { action, code } = CALL_FAILURES[row];
  expect(verdict.code).toBe(code);
  const isLane = action === 'pause-lane' || action === 'ask';
  expect([verdict.result, verdict.scope]).toEqual([
    action === 'park' ? 'refused' : 'deferred',
    isLane ? 'lane' : 'record',
  ]);
  if (action === 'park') expect(verdict.retryAtMs).toBeNull();
  else expect(verdict.retryAtMs).toBeGreaterThan(1_000);
}
