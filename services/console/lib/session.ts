/** Who is signed in: a bearer token, kept for this tab only. */

const KEY = 'twoway-token';

/** The token of this tab; null when nobody is signed in. A sign-in link carries it behind the #, which no server sees. */
export function currentToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    sessionStorage.setItem(KEY, given);
    // Out of the address bar and the history at once.
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

/** Signs in with a token. */
export function signIn(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** Forgets the token. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
}
