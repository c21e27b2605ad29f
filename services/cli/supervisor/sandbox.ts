/** How the sandbox is started. */
import type { SystemHome } from './home.ts';

/** Where it keeps its data, and where it writes the tenants file for the services. */
export function sandboxEnv(home: SystemHome): Record<string, string> {
  return { SANDBOX_DATA_DIR: home.sandboxDir, SANDBOX_TENANTS_FILE: home.sandboxTenants };
}

/** Where its change events and webhooks go. */
export function sandboxLinks(links: { capturePort: number; connectorPort: number }): Record<string, string> {
  return {
    SANDBOX_CRM_HOOK_URL: `http://127.0.0.1:${links.capturePort}/hooks/crm`,
    SANDBOX_UNLEASHED_HOOK_URL: `http://127.0.0.1:${links.connectorPort}/hooks/unleashed`,
  };
}
