/** Signing in with the identity provider: where a browser leaves for it and comes back. Outside of /v1: these are for people. */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '#runtime';
import type { Authenticator } from './auth.ts';
import type { OidcSignIn } from './authority/oidc-sign-in.ts';
import { ATTEMPT_S } from './authority/sign-in-attempts.ts';
import type { SignInCodes } from './authority/sign-in-codes.ts';
import { SignInProblem } from './authority/sign-in-problems.ts';
import { addGuards, type RequestLimits } from './guard.ts';
import { Problem } from './problem.ts';
import { SIGN_IN_PAGE_POLICY, signInPage } from './sign-in-page.ts';

/** What these routes need of the rest of the service. */
export interface SignInServices {
  /** The provider; null when none is set up for people: then the console is told so, and nothing else is there. */
  readonly provider: OidcSignIn | null;
  readonly codes: SignInCodes;
  readonly auth: Authenticator;
  readonly limits: RequestLimits;
  readonly log: Log;
}

/** Where the provider sends the browser back to, below the address of the console. */
export const CALLBACK_PATH = '/sign-in/callback';
/** How long the browser has to exchange the code that it gets in the end, milliseconds: it does so at once. */
const CODE_MS = 60_000;

/** Adds the routes. Whoever asks too often is refused as under /v1. */
export function addSignInRoutes(server: FastifyInstance, services: SignInServices): void {
  void server.register((app, _options, done) => {
    addGuards(app, services.auth, services.limits);
    app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
    // Guards are put on routes that are added after them.
    void app.after(() => addRoutes(app, services));
    done();
  });
}

function addRoutes(app: FastifyInstance, { provider, codes, log }: SignInServices): void {
  app.get('/sign-in/provider', () => ({ name: provider?.name ?? null }));
  if (provider === null) return;
  const cookie = cookieOf(provider.secure);
  const page = {
    exposeHeadRoute: false,
    helmet: { contentSecurityPolicy: { useDefaults: false, directives: SIGN_IN_PAGE_POLICY } },
    errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      if (!(error instanceof Problem)) throw error;
      const reason = error instanceof SignInProblem ? error.reason : error.code;
      log.warn({ reason, step: request.routeOptions.url }, 'a sign-in with the identity provider was not completed');
      const { 'retry-after': retryAfter } = error.headers;
      if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
      return reply.code(error.status).type('text/html; charset=utf-8').send(signInPage(error.message, error.hint));
    },
  };
  app.get('/sign-in/start', page, async (_request, reply) => {
    const { url, sealed } = await provider.begin();
    return reply.header('set-cookie', cookie.keep(sealed)).redirect(url, 303);
  });
  app.get(CALLBACK_PATH, page, async (request, reply) => {
    // Whatever becomes of it: what the browser brought works once.
    reply.header('set-cookie', cookie.forget());
    const query = request.url.slice(CALLBACK_PATH.length);
    const { code } = codes.issue(await provider.finish(query, cookie.read(request.headers.cookie)), CODE_MS);
    return reply.redirect(`/#code=${code}`, 303);
  });
}

/** The cookie of an attempt. Over TLS its name keeps pages without TLS from setting it. */
function cookieOf(secure: boolean) {
  const name = secure ? '__Secure-twoway-sign-in' : 'twoway-sign-in';
  // Lax: it has to come along when the provider sends the browser back, which is a link from another site.
  const cookie = { name, path: CALLBACK_PATH, httpOnly: true, secure, sameSite: 'lax' } as const;
  return {
    keep: (value: string): string => stringifySetCookie({ ...cookie, value, maxAge: ATTEMPT_S }),
    forget: (): string => stringifySetCookie({ ...cookie, value: '', maxAge: 0 }),
    read: (header = ''): string | undefined => parseCookie(header)[name],
  };
}
