/** What a page shows instead of content: that it loads, that there is nothing, that something went wrong. */
import { Alert, Button, Center, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from '../lib/api.ts';
import { useLive } from '../lib/live.ts';

/** What went wrong and what to do; with a way to try again. */
export function Trouble({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <Alert color="red" variant="light" title={message} role="alert">
      {hint === '' ? null : <Text size="sm">{hint}</Text>}
      {retry === undefined ? null : (
        <Button size="compact-sm" variant="default" mt="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** There is nothing to show, and why that may be. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Center py="xl">
      <Stack gap={4} align="center">
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      </Stack>
    </Center>
  );
}

/** The shape of what is being loaded. */
function Loading() {
  return (
    <Stack gap="xs" aria-busy="true" aria-label="Loading">
      {['a', 'b', 'c', 'd', 'e', 'f'].map((row) => (
        <Skeleton key={row} h={44} />
      ))}
    </Stack>
  );
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Content once it is there. After that an error is shown above what was there before. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: Asked<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error } = query;
  const { lostSinceMs } = useLive();
  // That the server cannot be reached is said once, above the page, with what it means.
  const silent = lostSinceMs !== null && data !== undefined && error instanceof ApiError && error.status === 0;
  const trouble = error == null || silent ? null : <Trouble error={error} retry={() => void query.refetch()} />;
  if (data === undefined) return trouble ?? <Loading />;
  return (
    <Stack gap="md">
      {trouble}
      {children(data)}
    </Stack>
  );
}

/** A page's heading, which is also the title of the browser's tab, with what belongs on its right. */
export function PageTitle({ children, aside }: { readonly children: string; readonly aside?: ReactNode }) {
  return (
    <Stack gap={0} mb="md" style={{ flexDirection: 'row', alignItems: 'center', justifyContent: 'space-between' }}>
      <title>{`${children} · Two-way sync`}</title>
      <Title order={1} size="h2">
        {children}
      </Title>
      {aside}
    </Stack>
  );
}
