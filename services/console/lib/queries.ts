/** Questions to the control API that stay fresh while a page is open, and orders that make them ask again. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from 'wouter';
import { get, send } from './api.ts';
import { useLive } from './live.ts';
import type { PreviewAnswer } from './types.ts';

/** How often a page that is looked at asks again by itself, milliseconds: when nobody tells it of changes, and when somebody does. */
const REFRESH_MS = 4_000;
const LIVE_REFRESH_MS = 60_000;

/** When to ask again without being told to: what depends on the time of day goes on, too. */
function useRefreshMs(): number {
  return useLive().live ? LIVE_REFRESH_MS : REFRESH_MS;
}

/** Id of the tenant that the address names. */
export function useTenantId(): string {
  return useParams<{ tenant: string }>().tenant ?? '';
}

/** Everything that a tenant's page shows, by its path below the tenant. */
export function useTenantQuery<T>(path: string) {
  const tenant = useTenantId();
  const refetchInterval = useRefreshMs();
  return useQuery({
    queryKey: [tenant, path],
    queryFn: ({ signal }) => get<T>(`/tenants/${tenant}${path}`, signal),
    refetchInterval,
    // What was there stays until the next answer: nothing jumps while a filter changes.
    placeholderData: (before) => before,
  });
}

/** What a change of settings would mean; asked again while it is looked at. */
export function usePreview(body: Readonly<Record<string, unknown>>) {
  const tenant = useTenantId();
  const refetchInterval = useRefreshMs();
  return useQuery({
    queryKey: [tenant, 'preview', body],
    queryFn: () => send<PreviewAnswer>('POST', `/tenants/${tenant}/settings/preview`, body),
    refetchInterval,
    placeholderData: (before) => before,
  });
}

/** A list that goes on page by page. `path` may hold a query string. */
export function useTenantPages<T extends { next: string | null }>(path: string) {
  const tenant = useTenantId();
  const refreshMs = useRefreshMs();
  return useInfiniteQuery({
    queryKey: [tenant, 'pages', path],
    queryFn: ({ pageParam, signal }) => {
      const cursor =
        pageParam === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(pageParam)}`;
      return get<T>(`/tenants/${tenant}${path}${cursor}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 3 ? false : refreshMs),
    placeholderData: (before) => before,
  });
}

/** What can be ordered for a tenant. */
export type Order = { readonly kind: string } & Readonly<Record<string, string>>;

/** Orders something for the tenant of the page; all that is shown is asked again afterwards. */
export function useOrder() {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => send(`POST`, `/tenants/${tenant}/requests`, order),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}

/** Changes settings of the tenant of the page. */
export function useChangeSettings() {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) => send('PUT', `/tenants/${tenant}/settings`, body),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}
