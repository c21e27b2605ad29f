import { describe, expect, it } from 'vitest';
import { dueAttempts, maxOutbox, nextDueMs, queueEvents, settleAttempt } from './events.ts';
import { writeAsPerson } from './people.ts';
import { crm, customerGuid, erp, sendable, startMs, testWorkspace } from './test-kit.ts';
import type { Row } from './types.ts';
import { sign } from './unleashed/signature.ts';
import { addFault, setHookUrl, setWebhookUrl } from './workspace.ts';
import type { Workspace } from './workspace-state.ts';

/** A workspace whose events go somewhere; nothing comes twice until a test says so. */
function hooked(): Workspace {
  const workspace = testWorkspace();
  setHookUrl(workspace, 'http://capture/hooks/crm/test');
  setWebhookUrl(workspace, 'http://connector/hooks/unleashed/test');
  workspace.switches.crm.webhookDuplicateEvery = 0;
  workspace.switches.unleashed.webhookDuplicateEvery = 0;
  return workspace;
}

/** Takes all due events out of the outbox. */
function sent(
  workspace: Workspace,
  nowMs = startMs,
): { url: string; headers: Record<string, string>; body: Row; text: string }[] {
  return dueAttempts(workspace, nowMs, 1000).map(({ id, url, headers, body }) => {
    settleAttempt(workspace, id, true, nowMs);
    return { url, headers: { ...headers }, body: JSON.parse(body) as Row, text: body };
  });
}

const rename = (workspace: Workspace, Name: string) => crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name } });

describe('CRM change events (P5)', () => {
  it('names the entity, the action and the id, with the secret in a header', () => {
    const workspace = hooked();
    rename(workspace, 'New');
    const [event, ...more] = sent(workspace);
    expect(more).toEqual([]);
    expect(event?.url).toBe('http://capture/hooks/crm/test');
    expect(event?.headers['x-hook-secret']).toBe('sandbox-test-hook');
    expect(event?.body).toEqual({ WebhookId: 2, EntityType: 'Division', Action: 'Update', EntityId: 1001 });
  });

  it('covers insert, update and delete of every kind, with keys that fit a path', () => {
    const workspace = hooked();
    const ledger = [...workspace.crm.tables.SalesLedgers.values()][0];
    const key = `OperatingCompanyCode='A',SalesLedgerId='${ledger?.SalesLedgerId}'`;
    crm(workspace, 'POST', '/Contacts', { body: { DivisionId: 1001, RoleCode: 'MAIN' } });
    crm(workspace, 'DELETE', '/Contacts(1001)');
    crm(workspace, 'PATCH', '/Addresses(1001)', { body: { AddressLine1: 'x' } });
    crm(workspace, 'PATCH', "/Users('API')", { body: { JobTitle: 'x' } });
    crm(workspace, 'PATCH', `/SalesLedgers(${key})`, { body: { OnStop: true } });
    crm(workspace, 'POST', '/ContactXtras', { body: { ContactId: 1001 } });
    const events = sent(workspace).map(({ body }) => [body.EntityType, body.Action, body.EntityId]);
    expect(events).toEqual([
      ['Contact', 'Insert', expect.any(Number)],
      ['Address', 'Insert', expect.any(Number)],
      ['Contact', 'Delete', 1001],
      ['Address', 'Update', 1001],
      ['User', 'Update', 'API'],
      ['SalesLedger', 'Update', key],
    ]);
  });

  it('P8.5 switch webhookPayloadShape: ids, record, entityOnly, list', () => {
    const workspace = hooked();
    const event = (shape: Workspace['switches']['crm']['webhookPayloadShape']) => {
      workspace.switches.crm.webhookPayloadShape = shape;
      rename(workspace, shape);
      return sent(workspace)[0]?.body;
    };
    const ids = { WebhookId: 2, EntityType: 'Division', Action: 'Update', EntityId: 1001 };
    expect(event('ids')).toEqual(ids);
    expect(event('record')).toMatchObject({ ...ids, Data: { DivisionId: 1001, Name: 'record' } });
    expect(event('entityOnly')).toEqual({ EntityType: 'Division', EntityId: 1001 });
    expect(event('list')).toEqual([ids]);
  });

  it.each([true, false])('P8.9 switch apiWritesFire = %s; people fire always', (apiWritesFire) => {
    const workspace = hooked();
    workspace.switches.crm.apiWritesFire = apiWritesFire;
    rename(workspace, 'By API');
    expect(sent(workspace)).toHaveLength(apiWritesFire ? 1 : 0);
    const write = {
      side: 'crm',
      collection: 'companies',
      action: 'update',
      id: '1001',
      fields: { Name: 'By hand' },
      person: 'JBL',
    } as const;
    writeAsPerson(workspace, write, startMs);
    expect(sent(workspace)).toHaveLength(1);
  });

  it.each([true, false])('P8.5 switch noopPatchFires = %s', (noopPatchFires) => {
    const workspace = hooked();
    workspace.switches.crm.noopPatchFires = noopPatchFires;
    rename(workspace, 'Same');
    rename(workspace, 'Same');
    expect(sent(workspace)).toHaveLength(noopPatchFires ? 2 : 1);
  });

  it.each([true, false])('P8.5 switch softDeleteFires = %s', (softDeleteFires) => {
    const workspace = hooked();
    workspace.switches.crm.softDeleteFires = softDeleteFires;
    crm(workspace, 'DELETE', '/Contacts(1001)');
    expect(sent(workspace)).toHaveLength(softDeleteFires ? 1 : 0);
  });

  it('P8.5 switch webhookDuplicateEvery: every n-th comes twice', () => {
    const workspace = hooked();
    workspace.switches.crm.webhookDuplicateEvery = 3;
    for (let edit = 0; edit < 6; edit++) rename(workspace, `n${edit}`);
    expect(sent(workspace)).toHaveLength(8);
  });

  it('P8.5 switch webhookJitterMs: events overtake each other', () => {
    const workspace = hooked();
    workspace.switches.crm.webhookJitterMs = 1000;
    for (let id = 1001; id <= 1005; id++) crm(workspace, 'PATCH', `/Divisions(${id})`, { body: { Name: 'x' } });
    const order: unknown[] = [];
    for (let ms = 0; ms <= 1000; ms++) order.push(...sent(workspace, startMs + ms).map(({ body }) => body.EntityId));
    expect([...order].sort()).toEqual([1001, 1002, 1003, 1004, 1005]);
    expect(order).not.toEqual([1001, 1002, 1003, 1004, 1005]);
  });

  it('goes to every webhook row that is active, and to none that is deleted', () => {
    const workspace = hooked();
    const hook = { EntityId: 'Division', Action: 'Update', WebhookUrl: 'http://other/' };
    expect(crm(workspace, 'POST', '/Webhooks', { body: hook }).status).toBe(201);
    rename(workspace, 'x');
    expect(sent(workspace).map(({ url }) => url)).toEqual(['http://capture/hooks/crm/test', 'http://other/']);
    crm(workspace, 'DELETE', '/Webhooks(2)');
    rename(workspace, 'y');
    expect(sent(workspace).map(({ url }) => url)).toEqual(['http://other/']);
    expect(crm(workspace, 'POST', '/Webhooks', { body: { ...hook, Action: 'Nope' } }).status).toBe(400);
  });

  it('sends nothing while there is no receiver', () => {
    const workspace = hooked();
    setHookUrl(workspace, '');
    setWebhookUrl(workspace, '');
    rename(workspace, 'x');
    const guid = customerGuid(workspace);
    erp(workspace, 'POST', `/Customers/${guid}`, { body: sendable(workspace, guid, { Notes: 'x' }) });
    expect([sent(workspace), workspace.unleashed.subscriptions.size]).toEqual([[], 0]);
  });

  it('is tried again with growing waits until its time to live is over', () => {
    const workspace = hooked();
    rename(workspace, 'x');
    const waits: number[] = [];
    let nowMs = startMs;
    for (;;) {
      const [attempt] = dueAttempts(workspace, nowMs, 10);
      if (!attempt) break;
      expect(dueAttempts(workspace, nowMs, 10)).toEqual([]);
      settleAttempt(workspace, attempt.id, false, nowMs);
      const next = nextDueMs(workspace) ?? nowMs;
      waits.push(next - nowMs);
      nowMs = next;
    }
    expect(waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(nowMs - startMs).toBeGreaterThanOrEqual(60 * 60_000);
    expect([workspace.outbox.size, workspace.eventsDropped]).toEqual([0, 1]);
  });

  it('the outbox is bounded: the oldest event is dropped', () => {
    const workspace = hooked();
    for (let edit = 0; edit <= maxOutbox; edit++) {
      queueEvents(
        workspace,
        [
          {
            side: 'crm',
            entity: 'company',
            id: '1001',
            parentId: '',
            action: 'insert',
            by: 'person',
            userId: '',
            fields: [],
            atMs: 0,
          },
        ],
        startMs,
      );
    }
    expect([workspace.outbox.size, workspace.eventsDropped]).toEqual([maxOutbox, 1]);
  });
});

describe('Unleashed webhooks (U10)', () => {
  const edit = (workspace: Workspace, Notes: string) => {
    const guid = customerGuid(workspace);
    return erp(workspace, 'POST', `/Customers/${guid}`, { body: sendable(workspace, guid, { Notes }) });
  };

  it('U10.5 and U10.6 signed over time stamp and raw body; the envelope names the customer', () => {
    const workspace = hooked();
    edit(workspace, 'x');
    const [event] = sent(workspace, startMs + 1500);
    const stamp = String(event?.headers['x-unleashed-timestamp']);
    expect(stamp).toBe(String(Math.floor((startMs + 1500) / 1000)));
    const [subscription] = workspace.unleashed.subscriptions.values();
    const expected = sign(String(subscription?.signatureKey), `${stamp}.${event?.text}`);
    expect(event?.headers['x-unleashed-signature']).toBe(expected);
    expect(event?.body).toEqual({
      subscriptionId: subscription?.subscriptionId,
      eventNotificationId: expect.any(String),
      eventType: 'customer.updated',
      createdOn: new Date(startMs).toISOString(),
      data: { customerGuid: customerGuid(workspace) },
    });
  });

  it('U10.6 switch webhookDataShape: alternating, text, object', () => {
    const workspace = hooked();
    const kinds = (shape: Workspace['switches']['unleashed']['webhookDataShape']) => {
      workspace.switches.unleashed.webhookDataShape = shape;
      edit(workspace, `${shape} 1`);
      edit(workspace, `${shape} 2`);
      return sent(workspace).map(({ body }) => typeof body.data);
    };
    expect(kinds('alternating').sort()).toEqual(['object', 'string']);
    expect(kinds('text')).toEqual(['string', 'string']);
    expect(kinds('object')).toEqual(['object', 'object']);
  });

  it('U10.7 switch webhookDuplicateEvery: a duplicate has the same eventNotificationId', () => {
    const workspace = hooked();
    workspace.switches.unleashed.webhookDuplicateEvery = 1;
    edit(workspace, 'x');
    const ids = sent(workspace).map(({ body }) => body.eventNotificationId);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('U10.10 switch webhookJitterMs delays at most that long', () => {
    const workspace = hooked();
    workspace.switches.unleashed.webhookJitterMs = 500;
    edit(workspace, 'x');
    const due = nextDueMs(workspace) ?? 0;
    expect(due >= startMs && due < startMs + 500).toBe(true);
  });

  it('U10.2 created, updated and deleted', () => {
    const workspace = hooked();
    const made = erp(workspace, 'POST', '/Customers', { body: { CustomerCode: 'N', CustomerName: 'N' } });
    const id = String((made.body as Row).Guid);
    const remove = {
      side: 'unleashed',
      collection: 'companies',
      action: 'delete',
      id,
      fields: {},
      person: 'x',
    } as const;
    writeAsPerson(workspace, remove, startMs);
    expect(sent(workspace).map(({ body }) => body.eventType)).toEqual(['customer.created', 'customer.deleted']);
  });

  it.each([true, false])('U10.9 switch contactEditFires = %s', (contactEditFires) => {
    const workspace = hooked();
    workspace.switches.unleashed.contactEditFires = contactEditFires;
    const guid = customerGuid(workspace);
    erp(workspace, 'POST', `/Customers/${guid}/Contacts`, { body: { LastName: 'X' } });
    const events = sent(workspace).map(({ body }) => [body.eventType, body.data]);
    expect(events).toEqual(contactEditFires ? [['customer.updated', { customerGuid: guid }]] : []);
  });

  it('U10.9 switch apiWritesFire; U13.3 switch noopPostFires', () => {
    const workspace = hooked();
    edit(workspace, 'x');
    edit(workspace, 'x');
    expect(sent(workspace)).toHaveLength(2);
    workspace.switches.unleashed.noopPostFires = false;
    edit(workspace, 'x');
    expect(sent(workspace)).toHaveLength(0);
    workspace.switches.unleashed.apiWritesFire = false;
    edit(workspace, 'y');
    expect(sent(workspace)).toHaveLength(0);
  });

  it('U10.8 switch webhookDisableAfterFailures: 0 never, n after n failures in a row', () => {
    const workspace = hooked();
    const fail = (times: number) => {
      for (let time = 0; time < times; time++) {
        edit(workspace, `n${workspace.eventCount}`);
        for (const { id } of dueAttempts(workspace, startMs, 10)) settleAttempt(workspace, id, false, startMs);
      }
      return [...workspace.unleashed.subscriptions.values()][0]?.active;
    };
    expect(fail(5)).toBe(true);
    workspace.switches.unleashed.webhookDisableAfterFailures = 6;
    expect(fail(1)).toBe(false);
    const before = workspace.outbox.size;
    edit(workspace, 'quiet');
    expect(workspace.outbox.size).toBe(before);
  });

  it('an event of a subscription that is gone is dropped', () => {
    const workspace = hooked();
    edit(workspace, 'x');
    const [id] = workspace.unleashed.subscriptions.keys();
    erp(workspace, 'DELETE', `/webhooks/subscriptions/${id}`);
    expect(sent(workspace)).toEqual([]);
  });
});

describe('faults of events', () => {
  it('eventsLost, eventsDuplicated and eventsDelayed do what they say, as often as ordered', () => {
    const workspace = hooked();
    addFault(workspace, { side: 'crm', kind: 'eventsLost', remaining: 1 }, startMs);
    rename(workspace, 'lost');
    expect(sent(workspace)).toHaveLength(0);
    addFault(workspace, { side: 'crm', kind: 'eventsDuplicated', remaining: 1 }, startMs);
    rename(workspace, 'twice');
    expect(sent(workspace)).toHaveLength(2);
    addFault(workspace, { side: 'crm', kind: 'eventsDelayed', remaining: 1, delayMs: 700 }, startMs);
    rename(workspace, 'late');
    expect(sent(workspace, startMs + 699)).toHaveLength(0);
    expect(sent(workspace, startMs + 700)).toHaveLength(1);
  });
});
