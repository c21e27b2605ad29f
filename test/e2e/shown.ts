/** All that a whole system shows and keeps where people can read it, and the secrets that must not be in it. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { TOPICS } from '#contracts';
import { loadTenants } from '#runtime';
import type { ServiceName } from '../../services/cli/supervisor/plan.ts';
import { readRaw } from '../../services/cli/topic-reading.ts';
import { openApiDocument } from '../../services/control-api/openapi.ts';
import { PLANTED, plantedTenant } from './planted.ts';
import type { TestSystem } from './system.ts';

/** Secrets that the system was given, and those that were planted. */
export async function secretsOf({ system }: TestSystem): Promise<string[]> {
  const { tenants } = await loadTenants(system.tenantsFile, process.env);
  const ofTenants = tenants.flatMap(({ prospect, unleashed }) =>
    [prospect.token, prospect.webhookSecret, unleashed.apiKey, unleashed.webhookSignatureKey].flatMap((secret) =>
      secret === undefined ? [] : [secret.reveal()],
    ),
  );
  const storeKey = readFileSync(system.home.tenantKeyFile, 'utf8').trim();
  return [...ofTenants, system.token, storeKey, ...Object.values(PLANTED)];
}

/** Answers, pages and metrics by what was asked, also where what was asked is refused. */
export async function shownBy(chain: TestSystem, tenant: string): Promise<Map<string, string>> {
  const { system } = chain;
  const control = system.urlOf('control-api');
  const textOf = async (url: string, init: RequestInit = {}): Promise<string> =>
    await (await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) })).text();
  const answerOf = (method: string, path: string, body?: object, token = system.token): Promise<string> =>
    textOf(control + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const planted = plantedTenant(system.urlOf('sandbox'));
  const shown = new Map<string, string>();
  shown.set('sign-in that fails', await answerOf('GET', '/sign-in/start'));
  shown.set('refused credentials', await answerOf('POST', '/v1/tenant-checks', { tenant: planted }));
  shown.set('refused token', await answerOf('GET', '/v1/tenants', undefined, PLANTED.bearer));
  shown.set('refused body', await answerOf('POST', '/v1/tenants', { tenant: { ...planted, id: PLANTED.apiKey } }));

  const [, id = ''] =
    /"id":"([^"]+)"/.exec(await answerOf('GET', `/v1/tenants/${tenant}/records?entity=contact&limit=1`)) ?? [];
  const ids = { tenantId: tenant, entity: 'contact', id, contactId: '1', planId: 'p', checkId: 'c' };
  for (const [path, { get }] of Object.entries(openApiDocument().paths as Record<string, { get?: object }>)) {
    // One that answers without end says nothing that the others do not.
    if (get === undefined || JSON.stringify(get).includes('text/event-stream')) continue;
    const url = path.replace(/\{(\w+)\}/g, (_all, name: keyof typeof ids) => encodeURIComponent(ids[name] ?? ''));
    shown.set(`GET ${path}`, await answerOf('GET', url));
  }
  shown.set('configurations', await answerOf('GET', '/v1/tenant-configurations'));

  const files = [...(await textOf(`${control}/`)).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThan(0);
  for (const path of ['/', `/t/${tenant}/records`, `/embed/contact/${tenant}/1`, ...files]) {
    shown.set(`page ${path}`, await textOf(control + path));
  }
  for (const { name } of system.supervisor.services()) {
    shown.set(`metrics of ${name}`, await textOf(`${system.urlOf(name as ServiceName)}/metrics`));
  }
  return shown;
}

/** Topics and logs, by name. */
export async function keptBy({ cluster, system }: TestSystem): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  for (const topic of TOPICS) {
    const raw = await readRaw(cluster, topic);
    kept.set(topic, raw.map(({ key, value }) => `${key?.toString()} ${value?.toString()}`).join('\n'));
  }
  for (const { name, logFile } of system.supervisor.services()) kept.set(name, readFileSync(logFile, 'utf8'));
  return kept;
}
