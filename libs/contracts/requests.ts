/** Orders, as they are before it is known what they are about. */
import type { Request } from './records.generated.ts';

/** What every order has. */
export type RequestHead = Pick<Request, 'requestId' | 'tenantId' | 'kind' | 'requestedBy' | 'requestedAtMs'>;

/** An order about nothing: whoever gives it adds what it is about. */
export function blankRequest(head: RequestHead): Request {
  return {
    ...head,
    seenVersion: null,
    settings: null,
    entity: null,
    side: null,
    recordId: null,
    field: null,
    value: null,
    targetId: null,
    reason: null,
    planId: null,
    seen: null,
    leftOut: [],
    plan: null,
  };
}
