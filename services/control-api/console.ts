/** The web console: built files, and its one document for every address that is a page of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * What pages may load: own files only, and nothing may frame them. Styles may stand in the document, since the component
 * library writes sizes and colours there; scripts may not.
 */
const POLICY = {
  defaultSrc: [`'none'`],
  scriptSrc: [`'self'`],
  styleSrc: [`'self'`, `'unsafe-inline'`],
  imgSrc: [`'self'`, 'data:'],
  fontSrc: [`'self'`],
  connectSrc: [`'self'`],
  baseUri: [`'none'`],
  formAction: [`'none'`],
  frameAncestors: [`'none'`],
};

/** The panel of a contact, alone of all pages, may be framed: by the pages of these origins. */
function panelPolicy(origins: readonly string[]) {
  return { ...POLICY, frameAncestors: origins.length === 0 ? [`'none'`] : [...origins] };
}

/** Files with a hash of their content in the name never change, seconds. */
const YEAR_S = 365 * 24 * 60 * 60;

/**
 * Serves the console of a folder; nothing when there is none, for example because only the API is wanted.
 *
 * @param embedOrigins origins of pages that may frame the panel of a contact
 */
export function serveConsole(
  app: FastifyInstance,
  folder: string | undefined,
  embedOrigins: readonly string[] = [],
): void {
  if (folder === undefined || !existsSync(join(folder, 'index.html'))) return;
  void app.register((scope, _options, registered) => {
    void scope.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: POLICY } });
    scope.addHook('onSend', (request, reply, payload, done) => {
      const isAsset = request.url.startsWith('/assets/') && reply.statusCode < 400;
      void reply.header('cache-control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
      done(null, payload);
    });
    void scope.register(fastifyStatic, {
      root: folder,
      prefix: '/',
      wildcard: false,
      cacheControl: false,
      preCompressed: true,
    });
    // Addresses of pages are the browser's business: a bookmark gets the same document.
    scope.get('/t/*', (_request, reply) => reply.sendFile('index.html'));
    const contentSecurityPolicy = { useDefaults: false, directives: panelPolicy(embedOrigins) };
    // Older browsers know this header only, and it cannot name origins.
    const helmetOfPanel = { contentSecurityPolicy, xFrameOptions: embedOrigins.length === 0 };
    // After the plugin, which only then looks at what routes want of it.
    void scope.after(() => {
      scope.get('/embed/contact/:tenantId/:contactId', { helmet: helmetOfPanel }, (_request, reply) =>
        reply.sendFile('panel.html'),
      );
    });
    registered();
  });
}
