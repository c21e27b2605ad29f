import { describe, expect, it } from 'vitest';
import { erp, testWorkspace } from '../test-kit.ts';
import type { Row } from '../types.ts';

const body = { description: 'd', notificationUrl: 'https://x.nz/hook', eventTypes: ['customer.updated'] };

describe('webhook subscriptions (U10)', () => {
  it('U10.4 the signature key is shown once, at creation', () => {
    const workspace = testWorkspace();
    const made = erp(workspace, 'POST', '/webhooks/subscriptions', { body });
    expect([made.status, made.body]).toEqual([
      201,
      { ...body, subscriptionId: expect.any(String), signatureKey: expect.any(String) },
    ]);
    const listed = JSON.stringify(erp(workspace, 'GET', '/webhooks/subscriptions').body);
    expect(listed).toContain('https://x.nz/hook');
    expect(listed).not.toContain(String((made.body as Row).signatureKey));
  });

  it('U10.1 at most five; one can be deleted', () => {
    const workspace = testWorkspace();
    const add = () => erp(workspace, 'POST', '/webhooks/subscriptions', { body });
    const ids = [1, 2, 3, 4, 5].map(() => String((add().body as Row).subscriptionId));
    expect(new Set(ids).size).toBe(5);
    expect(add().status).toBe(400);
    expect(erp(workspace, 'DELETE', `/webhooks/subscriptions/${ids[0]}`).status).toBe(200);
    expect(erp(workspace, 'DELETE', `/webhooks/subscriptions/${ids[0]}`).status).toBe(404);
    expect(add().status).toBe(201);
  });

  it('U10.1 switch webhookHttpsRequired; U10.3 event types must be known', () => {
    const workspace = testWorkspace();
    const add = (fields: Row) =>
      erp(workspace, 'POST', '/webhooks/subscriptions', { body: { ...body, ...fields } }).status;
    expect(add({ notificationUrl: 'http://127.0.0.1:1/x' })).toBe(201);
    workspace.switches.unleashed.webhookHttpsRequired = true;
    expect([add({ notificationUrl: 'http://127.0.0.1:1/x' }), add({})]).toEqual([400, 201]);
    expect([add({ notificationUrl: 'x' }), add({ eventTypes: ['nope'] }), add({ eventTypes: [] })]).toEqual([
      400, 400, 400,
    ]);
  });

  it('switch subscriptionListShape: a bare array, or Items', () => {
    const workspace = testWorkspace();
    expect(erp(workspace, 'GET', '/webhooks/subscriptions').body).toEqual([]);
    workspace.switches.unleashed.subscriptionListShape = 'items';
    expect(erp(workspace, 'GET', '/webhooks/subscriptions').body).toEqual({ Items: [] });
  });
});
