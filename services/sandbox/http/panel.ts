/** The panel of the sync in the CRM's contact pages: the CRM's server asks for a token with its own, the page gets the address. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HttpProblem, type Secret } from '#runtime';
import { checked, workspaceNamed } from './control-records.ts';
import type { Host } from './host.ts';

/** Where the panel is, and the token with which tokens for it are made. */
export interface PanelOptions {
  /** Base URL of the sync's API. */
  readonly baseUrl: string;
  readonly token: Secret;
}

/** Longest wait for a token, milliseconds. */
const TIMEOUT_MS = 5_000;
/** Who looks at the CRM's pages here. */
const USER = 'sandbox';

const path = z.object({ tenant: z.string(), contact: z.string().max(100) });
const made = z.object({ path: z.string() });

/** Registers /control/tenants/:tenant/panel/:contact: `{ url }`, null where no panel is shown. */
export function registerPanel(app: FastifyInstance, host: Host, options: PanelOptions | undefined): void {
  app.get('/control/tenants/:tenant/panel/:contact', async (request) => {
    const { tenant, contact } = checked(path, request.params);
    workspaceNamed(host, tenant);
    return { url: options === undefined ? null : options.baseUrl + (await panelPath(options, tenant, contact)) };
  });
}

async function panelPath({ baseUrl, token }: PanelOptions, tenant: string, contactId: string): Promise<string> {
  const unavailable = (cause?: unknown): HttpProblem =>
    new HttpProblem(502, 'PANEL_UNAVAILABLE', 'The sync does not answer.', { cause });
  const response = await fetch(`${baseUrl}/v1/tenants/${encodeURIComponent(tenant)}/embed-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ contactId, user: USER }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  if (!response.ok) throw unavailable();
  return made.parse(await response.json()).path;
}
