/**
 * The sandbox as a process: a Prospect CRM at /crm, an Unleashed at /unleashed, and /control for pages, demos and tests.
 * The other services know only the two base URLs and the credentials of /control/tenants.yaml.
 */
import { loadConfig, runService, serviceConfig, startHttpServer } from '#runtime';
import { sandboxConfig } from './options.ts';
import { createSandbox } from './sandbox.ts';

/** Largest request body, bytes. */
const bodyLimitBytes = 8 * 1024 * 1024;

await runService('sandbox', async (service) => {
  const config = loadConfig({ service: serviceConfig, sandbox: sandboxConfig }, process.env);
  const sandbox = createSandbox(config.sandbox, service.log, Date.now);
  service.closeWith('sandbox', sandbox.close);
  const http = await startHttpServer({
    config: config.service,
    log: service.log,
    metrics: service.metrics,
    checks: {},
    bodyLimitBytes,
    routes: sandbox.routes,
  });
  service.closeWith('http', () => http.close());
  service.closeWith('streams', sandbox.endStreams);
  service.log.info({ url: http.url, tenants: [...sandbox.host.workspaces.keys()] }, 'sandbox ready');
});
