/**
 * The pages of the two systems and of the sandbox's operators: static files that the browser loads as they are, with
 * lit and pico straight from the installed packages. No script but our own files may run in them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Address of each page and its file. */
const pages = {
  '/': 'start.html',
  '/pages/crm': 'crm.html',
  '/pages/unleashed': 'unleashed.html',
  '/pages/both': 'both.html',
  '/pages/operator': 'operator.html',
} as const;
const folder = fileURLToPath(new URL('../pages/', import.meta.url));
/** Kinds of file that are given out; everything else in a folder stays there. */
const servedFiles = /\.(?:html|js|css|svg)$/;

/**
 * Registers the pages: `/` leads on, the rest is under /pages.
 *
 * @param panelBaseUrl what the CRM's contact pages show in a frame; undefined: nothing
 */
export function registerPages(app: FastifyInstance, panelBaseUrl?: string): void {
  const documents = Object.values(pages).map((file) => readFileSync(join(folder, file), 'utf8'));
  const policy = contentPolicy(documents, panelBaseUrl);
  void app.register((scope, _options, registered) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      void reply.headers({
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        // Files are asked for again each time and answered 304: an update shows at once.
        'cache-control': 'no-cache',
      });
      done();
    });
    const files = { cacheControl: false, index: false, allowedPath: (path: string) => servedFiles.test(path) } as const;
    void scope.register(fastifyStatic, { ...files, root: folder, prefix: '/pages/' });
    for (const [name, root] of Object.entries(libraries())) {
      void scope.register(fastifyStatic, { ...files, root, prefix: `/pages/vendor/${name}/`, decorateReply: false });
    }
    for (const [url, file] of Object.entries(pages)) scope.get(url, (_request, reply) => reply.sendFile(file));
    registered();
  });
}

/**
 * What pages may load: own files only. The import map stands inside the pages, which a policy allows by the hash of its
 * text. Trusted types make text that comes from a record unable to become markup, whatever a page does with it.
 */
function contentPolicy(documents: readonly string[], framed: string | undefined): string {
  const inline = documents.flatMap((text) => [...text.matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)]);
  const hashes = new Set(
    inline.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`),
  );
  return [
    `default-src 'none'`,
    `script-src 'self' ${[...hashes].join(' ')}`,
    `style-src 'self'`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `frame-src ${framed === undefined ? `'none'` : new URL(framed).origin}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types lit-html`,
  ].join('; ');
}

/** Folders of the packages that pages load, wherever they are installed; lit's own packages are looked up from lit. */
function libraries(): Record<string, string> {
  const own = createRequire(import.meta.url);
  const lit = own.resolve('lit');
  const fromLit = createRequire(lit);
  return {
    lit: packageFolder(lit, 'lit'),
    'lit-html': packageFolder(fromLit.resolve('lit-html'), 'lit-html'),
    'lit-element': packageFolder(fromLit.resolve('lit-element/lit-element.js'), 'lit-element'),
    'reactive-element': packageFolder(fromLit.resolve('@lit/reactive-element'), join('@lit', 'reactive-element')),
    pico: fileURLToPath(new URL('.', import.meta.resolve('@picocss/pico/css/pico.min.css'))),
  };
}

function packageFolder(file: string, name: string): string {
  const part = `${sep}node_modules${sep}${name}${sep}`;
  return file.slice(0, file.lastIndexOf(part) + part.length);
}
