/** What surrounds every page: menu, tenant, light or dark, sign out. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  NativeSelect,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useLiveConnection } from '../lib/live.ts';
import { useTenantId } from '../lib/queries.ts';
import { signOut } from '../lib/session.ts';
import type { TenantView } from '../lib/types.ts';
import { Me } from '../parts/allowed.tsx';
import { LiveNotice } from '../parts/live-notice.tsx';

/** Pages of a tenant, in the order of the menu. */
const PAGES = [
  ['overview', 'Overview'],
  ['records', 'Records'],
  ['conflicts', 'Conflicts'],
  ['failing', 'Failing'],
  ['drift', 'Drift'],
  ['plans', 'Plans'],
  ['settings', 'Settings Centre'],
  ['alignment', 'First alignment'],
  ['managers', 'Account managers'],
  ['audit', 'Audit'],
  ['tenants', 'Tenants'],
  ['alerts', 'Alerts'],
  ['fleet', 'At a glance'],
] as const;

/** Menu and header around a page. */
export function Shell({
  tenants,
  children,
}: {
  readonly tenants: readonly TenantView[];
  readonly children: ReactNode;
}) {
  const tenant = useTenantId();
  useLiveConnection(tenant);
  const [location, navigate] = useLocation();
  const [open, { toggle, close }] = useDisclosure(false);
  const page = location.split('/')[3] ?? '';
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <img src="/icon.svg" alt="" width={28} height={28} />
            <Text fw={700} visibleFrom="sm">
              Two-way sync
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <NativeSelect
              aria-label="Tenant"
              value={tenant}
              data={tenants.map(({ tenantId, name }) => ({ value: tenantId, label: name || tenantId }))}
              onChange={(event) => navigate(`/t/${event.currentTarget.value}/${page || 'overview'}`)}
            />
            <Text size="sm" c="dimmed" visibleFrom="md">
              <Me />
            </Text>
            <SchemeSwitch />
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              onClick={() => {
                signOut();
                window.location.assign('/');
              }}
            >
              Sign out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {PAGES.map(([path, label]) => (
          <NavLink
            key={path}
            component={Link}
            href={`/t/${tenant}/${path}`}
            label={label}
            active={page === path}
            aria-current={page === path ? 'page' : undefined}
            onClick={close}
            style={{ borderRadius: 'var(--mantine-radius-md)' }}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <LiveNotice />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={dark ? 'Light colours' : 'Dark colours'}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      <span aria-hidden="true">{dark ? '☀' : '☾'}</span>
    </ActionIcon>
  );
}
