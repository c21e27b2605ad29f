/** Tenants: how each is configured and stands; adding, changing, pausing and removing them. */
import { Alert, Anchor, Badge, Button, Group, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { get } from '../lib/api.ts';
import type { ConfigurationsAnswer, ConfigurationView, TenantView } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { ChangeTenant } from './tenant-change.tsx';
import { AddTenant } from './tenant-form.tsx';
import { PauseTenant, RemoveTenant } from './tenant-orders.tsx';

const REFRESH_MS = 5_000;

type Dialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'change' | 'pause' | 'remove'; readonly tenant: ConfigurationView };

/** The page. */
export function Tenants() {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const configurations = useQuery({
    queryKey: ['tenants', 'configurations'],
    queryFn: ({ signal }) => get<ConfigurationsAnswer>('/tenant-configurations', signal),
    refetchInterval: REFRESH_MS,
  });
  const tenants = useQuery({
    queryKey: ['tenants', 'views'],
    queryFn: ({ signal }) => get<{ tenants: TenantView[] }>('/tenants', signal),
    refetchInterval: REFRESH_MS,
  });
  const views = new Map((tenants.data?.tenants ?? []).map((view) => [view.tenantId, view]));
  const close = (): void => setDialog(null);
  return (
    <>
      <PageTitle
        aside={
          <Allowed actions={['tenants']}>
            <Button onClick={() => setDialog({ kind: 'add' })} disabled={configurations.data?.canStore !== true}>
              Add a tenant
            </Button>
          </Allowed>
        }
      >
        Tenants
      </PageTitle>
      <Loaded query={configurations}>
        {({ canStore, whyNot, configurations: all }) => (
          <Stack>
            {canStore ? null : (
              <Alert color="yellow" title="Tenants cannot be added here yet">
                {whyNot}
              </Alert>
            )}
            {all.length === 0 ? (
              <Nothing title="No tenant yet">A tenant is one CRM workspace with one Unleashed account.</Nothing>
            ) : (
              <TenantsTable all={all} views={views} onDialog={setDialog} />
            )}
          </Stack>
        )}
      </Loaded>
      {dialog?.kind === 'add' ? <AddTenant onClose={close} /> : null}
      {dialog?.kind === 'change' ? <ChangeTenant tenant={dialog.tenant} onClose={close} /> : null}
      {dialog?.kind === 'remove' ? <RemoveTenant tenant={dialog.tenant} onClose={close} /> : null}
      {dialog?.kind === 'pause' ? (
        <PauseTenant tenant={dialog.tenant} view={views.get(dialog.tenant.tenantId)} onClose={close} />
      ) : null}
    </>
  );
}

interface TableProps {
  readonly all: readonly ConfigurationView[];
  readonly views: ReadonlyMap<string, TenantView>;
  readonly onDialog: (dialog: Dialog) => void;
}

function TenantsTable({ all, views, onDialog }: TableProps) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {['Tenant', 'State', 'Systems', 'Last change', ''].map((title) => (
              <Table.Th key={title}>
                {title === '' ? <VisuallyHidden component="span">Actions</VisuallyHidden> : title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((tenant) => (
            <TenantRow key={tenant.tenantId} tenant={tenant} view={views.get(tenant.tenantId)} onDialog={onDialog} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function TenantRow({
  tenant,
  view,
  onDialog,
}: Pick<TableProps, 'onDialog'> & { readonly tenant: ConfigurationView; readonly view: TenantView | undefined }) {
  const { tenantId, name, managedBy, standing, trouble, prospect, unleashed, history } = tenant;
  const last = history.at(-1);
  const isRemoved = standing === 'removed';
  return (
    <Table.Tr data-tenant={tenantId}>
      <Table.Td>
        {isRemoved || view === undefined ? (
          name
        ) : (
          <Anchor component={Link} href={`/t/${tenantId}/overview`} size="sm">
            {name}
          </Anchor>
        )}
        <Text size="xs" c="dimmed">
          {tenantId} · {tenant.timeZone}
        </Text>
      </Table.Td>
      <Table.Td>
        <Standing tenant={tenant} view={view} />
        {trouble === '' ? null : (
          <Text size="sm" c="red" maw={320}>
            {trouble}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{hostOf(prospect.baseUrl)}</Text>
        <Text size="sm">{hostOf(unleashed.baseUrl)}</Text>
      </Table.Td>
      <Table.Td>
        {last === undefined ? (
          <Text size="sm" c="dimmed">
            {managedBy === 'file' ? 'In the tenants file, and changed there' : '—'}
          </Text>
        ) : (
          <Text size="sm">
            {last.what} by {last.by} <TimeAgo at={last.at} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Allowed actions={['pause']}>
            <Button
              size="compact-sm"
              variant="default"
              disabled={view === undefined}
              onClick={() => onDialog({ kind: 'pause', tenant })}
            >
              {isPaused(view) ? 'Resume' : 'Pause'}
              <VisuallyHidden component="span"> {name}</VisuallyHidden>
            </Button>
          </Allowed>
          {managedBy === 'file' || isRemoved ? null : (
            <Allowed actions={['tenants']}>
              <Button size="compact-sm" variant="default" onClick={() => onDialog({ kind: 'change', tenant })}>
                Change<VisuallyHidden component="span"> {name}</VisuallyHidden>
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                color="red"
                onClick={() => onDialog({ kind: 'remove', tenant })}
              >
                Remove<VisuallyHidden component="span"> {name}</VisuallyHidden>
              </Button>
            </Allowed>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function Standing({ tenant, view }: { readonly tenant: ConfigurationView; readonly view: TenantView | undefined }) {
  const { word, color } = standingOf(tenant, view);
  return (
    <Badge color={color} variant="light" autoContrast tt="none" miw="max-content">
      {word}
    </Badge>
  );
}

function standingOf({ standing }: ConfigurationView, view: TenantView | undefined): { word: string; color: string } {
  if (standing === 'removed') return { word: 'Removed', color: 'gray' };
  if (standing === 'same-account') return { word: 'Not served', color: 'red' };
  if (standing === 'unreadable') return { word: 'Cannot be read', color: 'red' };
  if (view?.settings == null) return { word: 'Starting', color: 'blue' };
  if (!view.settings.enabled) return { word: 'Sync is off', color: 'gray' };
  if (isPaused(view)) return { word: 'Paused', color: 'yellow' };
  const held = view.lanes.some(({ state }) => state !== 'open');
  return held ? { word: 'Held up', color: 'yellow' } : { word: 'Syncing', color: 'teal' };
}

function isPaused(view: TenantView | undefined): boolean {
  return (view?.settings?.pausedSides.length ?? 0) === 2;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
