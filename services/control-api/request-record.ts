/** Bodies of the API → records of `sync.request`. */
import type { Request } from '#contracts';
import type { RequestBody, SettingsBody } from './bodies.ts';

/** What every request has. */
export interface RequestHead {
  readonly requestId: string;
  readonly tenantId: string;
  /** Subject of the token. */
  readonly requestedBy: string;
  readonly nowMs: number;
}

/** The order to change settings; values become text. */
export function settingsRequest(head: RequestHead, { seenVersion, ...settings }: SettingsBody): Request {
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
  return { ...base(head, 'set-settings'), seenVersion: seenVersion ?? null, settings: Object.fromEntries(given) };
}

/** Any other order. */
export function orderRequest(head: RequestHead, body: RequestBody): Request {
  return {
    ...base(head, body.kind),
    side: body.side,
    entity: body.entity ?? null,
    recordId: body.recordId ?? null,
  };
}

function base(head: RequestHead, kind: string): Request {
  return {
    requestId: head.requestId,
    tenantId: head.tenantId,
    kind,
    requestedBy: head.requestedBy,
    requestedAtMs: head.nowMs,
    seenVersion: null,
    settings: null,
    entity: null,
    side: null,
    recordId: null,
    field: null,
    value: null,
    targetId: null,
  };
}
