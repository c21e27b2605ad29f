/** Which role may order what. Looking is open to all of them. */
import type { RequestBody } from './bodies.ts';
import { Problem } from './problem.ts';

/** Roles, each able to do what those before it can. */
export const ROLES = ['viewer', 'sales', 'operator', 'admin'] as const;

/** viewer: looks. sales: edits records. operator: keeps it running. admin: CRM Admin rights, changes settings. */
export type Role = (typeof ROLES)[number];

/** What somebody may want to do: the kind of an order, a change of settings or of tenants, the repair of drift, a token for a panel. */
export type Action = RequestBody['kind'] | 'settings' | 'tenants' | 'repair-drift' | 'embed-token';

/** The least role for each. */
export const NEEDED: Readonly<Record<Action, Role>> = {
  'sync-contact': 'sales',
  'use-existing': 'sales',
  'make-in-crm': 'sales',
  restore: 'sales',
  answer: 'sales',
  read: 'sales',
  observe: 'sales',
  retry: 'sales',
  pause: 'operator',
  resume: 'operator',
  release: 'operator',
  refuse: 'operator',
  align: 'operator',
  'run-overnight': 'operator',
  'check-drift': 'operator',
  'repair-drift': 'operator',
  'embed-token': 'operator',
  settings: 'admin',
  tenants: 'admin',
};

/** How that is said, where it is no order. */
const WORDS: Readonly<Partial<Record<Action, string>>> = {
  settings: 'change settings',
  tenants: 'change tenants',
  'embed-token': 'make tokens for panels',
};

/** Whether a role may do something. */
export function mayDo(role: Role, action: Action): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(NEEDED[action]);
}

/** All that a role may do. */
export function actionsOf(role: Role): Action[] {
  return (Object.keys(NEEDED) as Action[]).filter((action) => mayDo(role, action));
}

/** Refuses what a role may not do. Throws Problem 403 that names the role that may. */
export function requireMay({ subject, role }: { readonly subject: string; readonly role: Role }, action: Action): void {
  if (mayDo(role, action)) return;
  const what = WORDS[action] ?? `order ${action}`;
  const message = `${subject} has the role ${role} and may not ${what}; that needs the role ${NEEDED[action]}.`;
  throw new Problem(403, 'FORBIDDEN', message);
}
