/** Bodies of the API → records of `sync.request`. */
import { blankRequest, type Request } from '#contracts';
import type { RequestBody, SettingsBody } from './bodies.ts';

/** What every request has. */
export interface RequestHead {
  readonly requestId: string;
  readonly tenantId: string;
  /** Subject of the token. */
  readonly requestedBy: string;
  readonly nowMs: number;
}

/** The order to change settings. */
export function settingsRequest(head: RequestHead, { seenVersion, ...settings }: SettingsBody): Request {
  return { ...base(head, 'set-settings'), seenVersion: seenVersion ?? null, settings: settingsText(settings) };
}

/** Settings as text, as a request has them. */
export function settingsText(settings: Omit<SettingsBody, 'seenVersion'>): Record<string, string> {
  const { fieldPolicies = {}, alignmentPolicies = {}, alertRules = {}, ...plain } = settings;
  const given = Object.entries(plain).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
  for (const [field, policy] of Object.entries(fieldPolicies)) given.push([`conflictPolicy.${field}`, policy]);
  for (const [field, policy] of Object.entries(alignmentPolicies)) given.push([`alignmentPolicy.${field}`, policy]);
  for (const [rule, text] of Object.entries(alertRules)) given.push([`alert.${rule}`, text]);
  return Object.fromEntries(given);
}

/** Any other order. */
export function orderRequest(head: RequestHead, body: RequestBody): Request {
  const order = base(head, body.kind);
  switch (body.kind) {
    case 'run-overnight':
    case 'check-drift':
      return order;
    case 'sync-contact':
      return { ...order, side: 'crm', entity: 'contact', recordId: body.recordId };
    case 'make-in-crm':
      return { ...order, side: 'unleashed', entity: 'contact', recordId: body.recordId.toLowerCase() };
    case 'use-existing':
      return {
        ...order,
        side: 'crm',
        entity: 'contact',
        recordId: body.recordId,
        targetId: body.targetId.toLowerCase(),
      };
    case 'restore':
      return { ...order, ...recordOf(body), field: body.field, value: body.value };
    case 'answer':
      return { ...order, ...recordOf(body), field: body.field };
    case 'pause':
      return { ...order, ...recordOf(body), reason: body.reason ?? null };
    default:
      return { ...order, ...recordOf(body) };
  }
}

function recordOf(body: { side?: string | undefined; entity?: string | undefined; recordId?: string | undefined }) {
  return { side: body.side ?? null, entity: body.entity ?? null, recordId: body.recordId ?? null };
}

function base({ nowMs, ...head }: RequestHead, kind: string): Request {
  return blankRequest({ ...head, kind, requestedAtMs: nowMs });
}
