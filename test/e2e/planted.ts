/** Secrets that are planted everywhere, to be looked for afterwards. */

/** Secrets that nobody knows, given where they are refused. */
export const PLANTED = {
  token: 'planted-crm-token-5e1a',
  hook: 'planted-hook-secret-77c0',
  apiId: 'planted-api-id-90b3',
  apiKey: 'planted-api-key-c2d4',
  bearer: 'planted-bearer-token-of-nobody-31f8',
  registryPassword: 'planted-registry-password-88d0',
  collectorKey: 'planted-collector-key-4417',
  alertSecret: 'planted-alert-secret-of-all-5f20',
  tenantAlertSecret: 'planted-alert-secret-of-one-0b6e',
  sessionKey: 'planted-session-key-of-this-test-9c1d-0123',
  clientSecret: 'planted-client-secret-of-the-provider-2a7f',
};

/** An identity provider that nobody can reach, with a secret that is told to nobody else. */
export const PLANTED_PROVIDER = {
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_AUDIENCE: 'two-way-sync',
  OIDC_JWKS_URL: 'http://127.0.0.1:9/keys',
  OIDC_CLIENT_ID: 'two-way-sync',
  OIDC_CLIENT_SECRET: PLANTED.clientSecret,
  CONSOLE_URL: 'http://127.0.0.1:9',
};

/** A tenant that holds some of them, over the made-up systems at this address. */
export function plantedTenant(sandbox: string): object {
  const { token, hook: webhookSecret, apiId, apiKey, tenantAlertSecret } = PLANTED;
  return {
    ...{ id: 'planted', name: 'Planted', timeZone: 'UTC' },
    prospect: { baseUrl: `${sandbox}/crm`, token, webhookSecret },
    unleashed: { baseUrl: `${sandbox}/unleashed`, apiId, apiKey, monthlyCalls: 1_000 },
    alerts: { webhookUrl: 'https://hooks.example/planted', webhookSecret: tenantAlertSecret },
  };
}
