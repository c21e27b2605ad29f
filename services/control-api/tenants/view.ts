/** A tenant's configuration as the API shows it. Credentials are named and never shown. */
import { credentialsOf, type StoreStanding, type Tenant } from '#runtime';
import type { ConfigurationView } from './bodies.ts';

/** Everything in a configuration that is shown of both kinds of tenants. */
function shown(
  plain: Pick<Tenant, 'name' | 'timeZone'> & {
    prospect: object;
    unleashed: object;
    alerts?: { webhookUrl: string } | undefined;
  },
) {
  const { name, timeZone } = plain;
  const prospect = plain.prospect as Partial<Tenant['prospect']>;
  const unleashed = plain.unleashed as Partial<Tenant['unleashed']>;
  const { workingHours } = unleashed;
  return {
    name,
    timeZone,
    prospect: { baseUrl: prospect.baseUrl ?? '', advancedLedgers: prospect.advancedLedgers ?? false },
    unleashed: {
      baseUrl: unleashed.baseUrl ?? '',
      monthlyCalls: unleashed.monthlyCalls ?? 0,
      pollSeconds: unleashed.pollSeconds ?? 0,
      workingHours: workingHours === undefined ? null : { from: workingHours.from, to: workingHours.to },
      quietPollSeconds: unleashed.quietPollSeconds ?? null,
    },
    alerts: plain.alerts === undefined ? null : { webhookUrl: plain.alerts.webhookUrl },
  };
}

/** Shows a tenant of the tenants file. */
export function viewOfFileTenant(tenant: Tenant): ConfigurationView {
  return {
    tenantId: tenant.id,
    ...shown(tenant),
    ...{ managedBy: 'file', standing: 'in-force', trouble: '', revision: null, history: [] },
    credentials: credentialsOf(tenant),
  };
}

/** Shows a tenant of the store; null when its file cannot be read at all and nothing of it is known. */
export function viewOfStoredTenant({ entry, standing, other }: StoreStanding): ConfigurationView {
  const { id, stored, tenant, trouble } = entry;
  const unknown = { name: id, timeZone: '', prospect: {}, unleashed: {} };
  const plain = (stored?.plain ?? tenant ?? unknown) as Parameters<typeof shown>[0];
  return {
    tenantId: id,
    ...shown(plain),
    managedBy: 'console',
    standing: standing === 'in-file' ? 'same-account' : standing,
    trouble: troubleOf(trouble, other),
    revision: stored?.revision ?? null,
    credentials: [...entry.credentials].sort(),
    history: (stored?.history ?? []).map(({ at, by, what, fields }) => ({ at, by, what, fields: [...fields] })),
  };
}

function troubleOf(trouble: { message: string; hint: string } | null, other: string): string {
  if (trouble !== null) return `${trouble.message} ${trouble.hint}`.trim();
  return other === '' ? '' : `The tenant ${other} has the same CRM token or Unleashed account: remove one of them.`;
}
