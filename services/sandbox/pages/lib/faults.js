/** Kinds of fault, and which details each takes. */

/** @typedef {{ name: string, label: string, initial: string, kind: 'number' | 'text' | 'bool' }} Detail */

/** @type {Record<string, Detail>} */
const details = {
  status: { name: 'status', label: 'Status', initial: '500', kind: 'number' },
  afterEffect: { name: 'afterEffect', label: 'After the call has taken effect', initial: '', kind: 'bool' },
  retryAfterSeconds: { name: 'retryAfterSeconds', label: 'Retry-After, seconds', initial: '', kind: 'number' },
  delayMs: { name: 'delayMs', label: 'Delay, ms', initial: '1000', kind: 'number' },
  jitterMs: { name: 'jitterMs', label: 'And up to, ms', initial: '0', kind: 'number' },
  skewMs: { name: 'skewMs', label: 'Clock is ahead by, ms', initial: '90000', kind: 'number' },
  field: { name: 'field', label: 'Field', initial: '', kind: 'text' },
  value: { name: 'value', label: 'Value', initial: '', kind: 'text' },
};

/** @param {string} kind @param {string} label @param {...string} names */
const fault = (kind, label, ...names) => ({
  kind,
  label,
  details: names.map((name) => /** @type {Detail} */ (details[name])),
});

/** Every kind of fault with what it does. */
export const faultKinds = [
  fault('error', 'Answer with an error', 'status', 'afterEffect'),
  fault('outage', 'Outage: 503 for everything'),
  fault('rateLimit', 'Too many calls: 429', 'retryAfterSeconds'),
  fault('latency', 'Slow answers', 'delayMs', 'jitterMs', 'afterEffect'),
  fault('refusedConnection', 'Connection breaks before the call takes effect'),
  fault('lostResponse', 'Call takes effect, its answer is lost'),
  fault('lateWrite', 'Connection breaks, the write is applied later', 'delayMs'),
  fault('slowBody', 'Body arrives in small pieces', 'delayMs'),
  fault('htmlBody', 'Answer is an HTML page'),
  fault('truncatedBody', 'Answer is cut off'),
  fault('hugeBody', 'Answer of 10 MB'),
  fault('secondWriter', 'Somebody else writes right after a read', 'field', 'value'),
  fault('revokedCredential', 'Credential revoked'),
  fault('quotaUsedUp', 'Quota used up'),
  fault('clockSkew', 'Clock of the API is off', 'skewMs'),
  fault('hookServiceDown', 'Writes fail: the CRM’s event service is down'),
  fault('eventsLost', 'Change events are lost'),
  fault('eventsDuplicated', 'Change events come twice'),
  fault('eventsDelayed', 'Change events come late', 'delayMs', 'jitterMs'),
];
