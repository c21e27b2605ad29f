/**
 * Pages that are told when to ask again, instead of asking all the time: one stream of server-sent events for the tenant
 * that is looked at. While the stream is away pages ask by themselves, and say that they may be behind.
 */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { EventSource } from 'eventsource';
import { useEffect, useSyncExternalStore } from 'react';
import { currentSession, refused } from './session.ts';

/** Whether what is shown follows what happens, and since when it does not, milliseconds since the epoch. */
export interface LiveState {
  readonly live: boolean;
  readonly lostSinceMs: number | null;
}

/** Longer silence means that the line is dead, whatever the browser thinks, milliseconds. The server speaks every 15 s. */
const SILENCE_MS = 40_000;
/** Wait before a stream that was refused is tried again, milliseconds. */
const AGAIN_MS = 4_000;

/** What a change of which kind concerns, by how paths below a tenant begin. All others are concerned by everything. */
const CONCERNED_BY: Readonly<Record<string, readonly string[]>> = {
  '/settings': ['setting'],
  '/audit': ['request', 'decision'],
  '/conflicts': ['conflict', 'link', 'decision'],
  '/trends': ['sample'],
};

/** What changes all the time and is shown on few pages: how far sides were read, how fresh directions are, samples for charts. */
const STEADY: ReadonlySet<string> = new Set(['progress', 'freshness', 'sample']);
const SHOWS_STEADY = ['/overview', '/health', '/fleet'];

let state: LiveState = { live: false, lostSinceMs: null };
const listeners = new Set<() => void>();

function become(live: boolean): void {
  if (live === state.live && (live || state.lostSinceMs !== null)) return;
  state = { live, lostSinceMs: live ? null : Date.now() };
  for (const listener of listeners) listener();
}

/** Whether pages are told of changes. */
export function useLive(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Follows a tenant as long as the component is there. */
export function useLiveConnection(tenant: string): void {
  const client = useQueryClient();
  useEffect(() => follow(tenant, createRefresher(client, tenant)), [client, tenant]);
}

type Refresh = (kinds: readonly string[] | null) => void;

/** Opens the stream, and again whenever it was lost; gives the way to end it. */
function follow(tenant: string, refresh: Refresh): () => void {
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const lost = (): void => {
    source?.close();
    source = null;
    become(false);
    clearTimeout(again);
    again = setTimeout(open, AGAIN_MS);
  };
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS);
    if (state.live) return;
    become(true);
    // Whatever happened while nobody told us.
    refresh(null);
  };
  function open(): void {
    clearTimeout(again);
    const token = currentSession()?.token ?? '';
    const opened = new EventSource(`/v1/tenants/${tenant}/events`, {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${currentSession()?.token ?? ''}` } }),
    });
    source = opened;
    opened.addEventListener('hello', heard);
    opened.addEventListener('here', heard);
    opened.addEventListener('change', ({ data }) => {
      heard();
      refresh((JSON.parse(data) as { kinds: string[] | null }).kinds);
    });
    opened.addEventListener('error', (event) => {
      if (opened !== source) return;
      if (event.code === 401) refused(token, 'expired');
      lost();
    });
  }
  const onOffline = (): void => lost();
  const onOnline = (): void => {
    if (source === null) open();
  };
  window.addEventListener('offline', onOffline);
  window.addEventListener('online', onOnline);
  open();
  return () => {
    window.removeEventListener('offline', onOffline);
    window.removeEventListener('online', onOnline);
    clearTimeout(again);
    clearTimeout(silence);
    source?.close();
    source = null;
    state = { live: false, lostSinceMs: null };
  };
}

/**
 * Makes questions of a tenant be asked again. One round after the other: what comes in while answers are under way waits
 * for them, so that a stream of changes never keeps an answer from arriving.
 */
function createRefresher(client: QueryClient, tenant: string): Refresh {
  let waiting: Set<string> | null | undefined;
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    while (waiting !== undefined) {
      const kinds = waiting;
      waiting = undefined;
      await client.invalidateQueries({
        predicate: ({ queryKey: [owner, ...path] }) => owner === tenant && isConcerned(path, kinds),
      });
    }
    running = false;
  };
  return (kinds) => {
    if (kinds === null || waiting === null) waiting = null;
    else waiting = new Set([...(waiting ?? []), ...kinds]);
    if (!running) void run();
  };
}

/** Whether an answer may be another one after changes of these kinds; null: of any. */
function isConcerned(path: readonly unknown[], kinds: ReadonlySet<string> | null): boolean {
  if (kinds === null) return true;
  const text = path.find((part) => typeof part === 'string' && part.startsWith('/')) as string | undefined;
  const known = Object.entries(CONCERNED_BY).find(([begin]) => text?.startsWith(begin));
  if (known !== undefined) return known[1].some((kind) => kinds.has(kind));
  return SHOWS_STEADY.some((begin) => text?.startsWith(begin)) || [...kinds].some((kind) => !STEADY.has(kind));
}
