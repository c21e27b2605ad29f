/** Tries the credentials of a tenant, read-only: for the terminal, and for whoever adds one in the console. */
export { adviceOn } from './advice.ts';
export { checkTenant, type Finding, type TenantReport } from './check-tenant.ts';
