/**
 * Who is signed in: a bearer token, kept for this tab only (or, in a panel, in memory only). Sent as a header by our own
 * code and never by the browser itself, so that no other site can act with it.
 */
import { useSyncExternalStore } from 'react';

/** A token and when it ends; null: it does not end by itself. */
export interface Session {
  readonly token: string;
  readonly expiresAt: string | null;
}

/** Why nobody is signed in any more; null when nobody was. */
export type Refusal = 'expired' | 'unknown' | null;

interface State {
  readonly session: Session | null;
  readonly refusal: Refusal;
}

const KEY = 'twoway-session';
const listeners = new Set<() => void>();
let stored = true;
let state: State = { session: load(), refusal: null };

function load(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
  } catch {
    return null;
  }
}

function become(next: State): void {
  state = next;
  if (stored) {
    if (next.session === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(next.session));
  }
  for (const listener of listeners) listener();
}

/** The session and why there is none, for components. */
export function useSession(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** The session of this tab; null when nobody is signed in. */
export function currentSession(): Session | null {
  return state.session;
}

/** Signs in, or goes on with a new token. */
export function signIn(session: Session): void {
  become({ session, refusal: null });
}

/** As `signIn`, and forgets it with the page: for a panel, whose token is nobody else's business. */
export function signInForThisPage(session: Session): void {
  stored = false;
  signIn(session);
}

/** Forgets the session. */
export function signOut(): void {
  become({ session: null, refusal: null });
}

/** The server did not take this token. One that has been replaced meanwhile does not matter any more. */
export function refused(token: string, why: Exclude<Refusal, null>): void {
  if (state.session?.token === token) become({ session: null, refusal: why });
}

const RETURN_KEY = 'twoway-return';

/**
 * Remembers, for this tab, where somebody is who leaves to sign in elsewhere. Whoever was not let in at first comes back
 * to the start page, and tries again from there: they are still on the way to where they were.
 */
export function rememberPlace(): void {
  if (location.pathname !== '/') sessionStorage.setItem(RETURN_KEY, location.pathname + location.search);
}

/** Where they were, once; null when nobody left, or when it is no page of a tenant. */
export function takePlace(): string | null {
  const place = sessionStorage.getItem(RETURN_KEY);
  sessionStorage.removeItem(RETURN_KEY);
  return place?.startsWith('/t/') === true ? place : null;
}

/** Takes a value out of what is behind the # of the address, which no server sees, and out of the history. */
export function takeFromAddress(name: string): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get(name);
  if (given !== null) history.replaceState(null, '', location.pathname + location.search);
  return given;
}
