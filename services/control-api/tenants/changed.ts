/** Changes of a tenant: which fields they name, and the tenant with them. */
import { Problem } from '../problem.ts';
import type { ChangeBody } from './bodies.ts';

type Values = Record<string, unknown>;

/** Credentials that an address of their section decides about: they are sent there, or sign what is. */
const SENT_TO = {
  prospect: { address: 'baseUrl', called: 'base URL', credentials: ['token'] },
  unleashed: { address: 'baseUrl', called: 'base URL', credentials: ['apiId', 'apiKey'] },
  alerts: { address: 'webhookUrl', called: 'address', credentials: ['webhookSecret'] },
} as const;
type Section = keyof typeof SENT_TO;
const isSection = (name: string): name is Section => name in SENT_TO;

/** Names of all fields that are given, such as unleashed.apiKey. */
export function changedFields(changes: object): string[] {
  return Object.entries(changes).flatMap(([name, value]) => {
    if (name === 'id' || value === undefined) return [];
    if (!isSection(name) || value === null) return [name];
    return changedFields(value as object).map((field) => `${name}.${field}`);
  });
}

/**
 * The tenant with the changes in it, still to be checked. Throws Problem 400 when an address changes and the credentials for it
 * are not given anew: else whoever may change a URL could have stored credentials sent to a host of their own.
 */
export function withChanges(tenant: Values, changes: ChangeBody['tenant']): Values {
  const next = { ...tenant };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete next[name];
    else if (value !== undefined && isSection(name)) {
      next[name] = sectionWith(name, (tenant[name] ?? {}) as Values, value as Values);
    } else if (value !== undefined) next[name] = value;
  }
  return next;
}

function sectionWith(name: Section, before: Values, changes: Values): Values {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const after = { ...before, ...Object.fromEntries(given) };
  for (const [field, value] of given) if (value === null) delete after[field];
  const { address, called, credentials } = SENT_TO[name];
  const moved = withoutSlash(after[address]) !== withoutSlash(before[address]);
  const missing = credentials.filter((field) => moved && changes[field] === undefined);
  if (missing.length === 0) return after;
  const errors = missing.map((field) => ({
    field: `${name}.${field}`,
    message: `is to be given anew when the ${called} changes`,
  }));
  const message = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Problem(400, 'INVALID_REQUEST', message, { members: { errors } });
}

function withoutSlash(url: unknown): string {
  return String(url).replace(/\/+$/, '');
}
