/** Changes of a tenant: which fields they name, and the tenant with them. */
import { Problem } from '../problem.ts';
import type { ChangeBody } from './bodies.ts';

type Values = Record<string, unknown>;

/** Credentials that a side's base URL decides about: they are sent there. */
const SENT_TO = {
  prospect: ['token'],
  unleashed: ['apiId', 'apiKey'],
} as const;

/** Names of all fields that are given, such as unleashed.apiKey. */
export function changedFields(changes: object): string[] {
  return Object.entries(changes).flatMap(([name, value]) => {
    if (name === 'id' || value === undefined) return [];
    const isSection = name === 'prospect' || name === 'unleashed';
    return isSection ? changedFields(value as object).map((field) => `${name}.${field}`) : [name];
  });
}

/**
 * The tenant with the changes in it, still to be checked. Throws Problem 400 when a base URL changes and the credentials for it
 * are not given anew: else whoever may change a URL could have stored credentials sent to a host of their own.
 */
export function withChanges(tenant: Values, changes: ChangeBody['tenant']): Values {
  const next = { ...tenant };
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'prospect' || name === 'unleashed')
      next[name] = sectionWith(name, tenant[name] as Values, value as Values);
    else if (value !== undefined) next[name] = value;
  }
  return next;
}

function sectionWith(name: keyof typeof SENT_TO, before: Values, changes: Values): Values {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const after = { ...before, ...Object.fromEntries(given) };
  for (const [field, value] of given) if (value === null) delete after[field];
  const moved = withoutSlash(after.baseUrl) !== withoutSlash(before.baseUrl);
  const missing = SENT_TO[name].filter((field) => moved && changes[field] === undefined);
  if (missing.length === 0) return after;
  const errors = missing.map((field) => ({
    field: `${name}.${field}`,
    message: 'is to be given anew when the base URL changes',
  }));
  const message = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Problem(400, 'INVALID_REQUEST', message, { members: { errors } });
}

function withoutSlash(url: unknown): string {
  return String(url).replace(/\/+$/, '');
}
