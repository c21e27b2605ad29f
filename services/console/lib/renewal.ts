/** Keeps a session good while its page is open. */
import { send } from './api.ts';
import { currentSession, type Session, signIn } from './session.ts';

/** A token is renewed when this little is left of it, milliseconds; and how often that is looked at. */
const RENEW_BEFORE_MS = 10 * 60_000;
const LOOK_EVERY_MS = 20_000;

/** Renews from time to time, and when somebody comes back to the page; gives the way to end it. */
export function keepRenewed(): () => void {
  let underWay = false;
  const look = async (): Promise<void> => {
    const session = currentSession();
    if (session?.expiresAt == null || underWay || document.hidden) return;
    if (Date.parse(session.expiresAt) - Date.now() > RENEW_BEFORE_MS) return;
    underWay = true;
    try {
      const renewed = await send<Session>('POST', '/session/renew', {});
      // Whoever signed out meanwhile stays out.
      if (currentSession()?.token === session.token) signIn(renewed);
    } catch {
      // Without an answer it is tried again; a refusal has ended the session where calls are made.
    } finally {
      underWay = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  const onVisible = (): void => void look();
  document.addEventListener('visibilitychange', onVisible);
  void look();
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
