/** Tenants files for tests. */

/** One tenant of a tenants file, as text; every part can be replaced. */
export function tenantText(id: string, parts: { prospect?: string; unleashed?: string; rest?: string } = {}): string {
  const prospect = parts.prospect ?? `{ baseUrl: "https://crm.example", token: tok-${id}, webhookSecret: hook-${id} }`;
  const unleashed =
    parts.unleashed ?? `{ baseUrl: "https://erp.example", apiId: id-${id}, apiKey: key-${id}, monthlyCalls: 10000 }`;
  return `  - id: ${id}
    name: Company ${id}
    timeZone: Europe/London
    prospect: ${prospect}
    unleashed: ${unleashed}
${parts.rest ?? ''}`;
}

/** A whole tenants file of these tenants. */
export function tenantsText(...tenants: string[]): string {
  return tenants.length === 0 ? 'tenants: []\n' : `tenants:\n${tenants.join('')}`;
}
