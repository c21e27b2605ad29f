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

/** Files with a hash of their content in the name never change, seconds. */
const YEAR_S = 365 * 24 * 60 * 60;

/** Serves the console of a folder; nothing when there is none, for example because only the API is wanted. */
export function serveConsole(app: FastifyInstance, folder: string | undefined): void {
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
    registered();
  });
}
