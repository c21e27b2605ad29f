/** Pausing, resuming and removing a tenant, each with what it means. */
import { Button, List, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../lib/api.ts';
import { ALL, BOTH_SIDES, meaningOf, orderPauses } from '../lib/pauses.ts';
import type { ConfigurationView, StoredAnswer, TenantView } from '../lib/types.ts';
import { Ask } from '../parts/ask.tsx';

interface Props {
  readonly tenant: ConfigurationView;
  readonly onClose: () => void;
}

/** Writing to both sides stops, or goes on. */
export function PauseTenant({ tenant, view, onClose }: Props & { readonly view: TenantView | undefined }) {
  const client = useQueryClient();
  const [paused] = useState(view?.settings?.pausedSides ?? []);
  const resumes = paused.length === 2;
  const order = useMutation({
    mutationFn: () => {
      const left = BOTH_SIDES.filter((side) => paused.includes(side) === resumes);
      return orderPauses(tenant.tenantId, resumes ? 'resume' : 'pause', left);
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['tenants'] }),
  });
  return (
    <Ask
      title={`${resumes ? 'Resume' : 'Pause'} ${tenant.name}`}
      error={order.error}
      onClose={onClose}
      confirm={
        <Button onClick={() => order.mutate()} loading={order.isPending} data-autofocus>
          {resumes ? 'Resume' : 'Pause'}
        </Button>
      }
    >
      <Text>{resumes ? 'Writing to both systems goes on. What was edited meanwhile flows now.' : meaningOf(ALL)}</Text>
    </Ask>
  );
}

/** Nothing is read or written for the tenant any more. */
export function RemoveTenant({ tenant, onClose }: Props) {
  const client = useQueryClient();
  const [before] = useState(tenant);
  const [typed, setTyped] = useState('');
  const order = useMutation({
    mutationFn: () =>
      send<StoredAnswer>('POST', `/tenants/${before.tenantId}/removal`, {
        confirm: typed,
        seenRevision: before.revision ?? 1,
      }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['tenants'] }),
  });
  return (
    <Ask
      title={`Remove ${before.name}`}
      error={order.error}
      onClose={onClose}
      confirm={
        <Button
          color="red"
          onClick={() => order.mutate()}
          loading={order.isPending}
          disabled={typed.trim() !== before.tenantId}
        >
          Remove
        </Button>
      }
    >
      <List size="sm" spacing="xs" aria-label="What it means">
        <List.Item>Nothing is read or written for it any more, the feed from Unleashed included.</List.Item>
        <List.Item>Nothing is deleted in the CRM or in Unleashed.</List.Item>
        <List.Item>Its credentials are forgotten here. Withdraw them in both systems as well.</List.Item>
        <List.Item>Decisions and conflicts stay on the topics for as long as those keep them.</List.Item>
        <List.Item>
          Added again under the same id, it goes on with its settings and links; what was edited meanwhile is compared.
        </List.Item>
      </List>
      <TextInput
        label={`Type ${before.tenantId} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
      />
    </Ask>
  );
}
