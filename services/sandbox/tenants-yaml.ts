/** The tenants file that lets the other services work against the sandbox. */
import { stringify } from 'yaml';
import { firstSignatureKey, type Workspace } from './model/index.ts';

/** What the file needs to know. */
export type TenantsYamlOptions = {
  /** URL of the sandbox, without a trailing slash; the APIs are at /crm and /unleashed below it. */
  readonly baseUrl: string;
  readonly workspaces: Iterable<Workspace>;
};

/** The file as YAML: per tenant id, name, time zone, and base URL and credentials of both systems. */
export function sandboxTenantsYaml({ baseUrl, workspaces }: TenantsYamlOptions): string {
  const tenants = Array.from(workspaces, (workspace) => ({
    id: workspace.id,
    name: workspace.name,
    timeZone: workspace.timeZone,
    prospect: {
      baseUrl: `${baseUrl}/crm`,
      recordUrl: pageOf(baseUrl, workspace.id, 'crm'),
      token: workspace.crm.tokens[0]?.token ?? '',
      webhookSecret: workspace.webhookSecret,
    },
    unleashed: {
      baseUrl: `${baseUrl}/unleashed`,
      recordUrl: pageOf(baseUrl, workspace.id, 'unleashed'),
      apiId: workspace.unleashed.apiId,
      apiKey: workspace.unleashed.apiKey,
      monthlyCalls: workspace.unleashed.monthlyCalls,
      pollSeconds: workspace.pollSeconds,
      webhookSignatureKey: firstSignatureKey(workspace),
    },
  }));
  return stringify({ tenants });
}

/** Where the sandbox shows a record, with places to fill in. */
function pageOf(baseUrl: string, tenantId: string, side: 'crm' | 'unleashed'): string {
  return `${baseUrl}/pages/${side}?tenant=${tenantId}&${side}={kind}/{id}`;
}
