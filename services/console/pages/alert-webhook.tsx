/** Where notices of a tenant's incidents go: an address and a secret of its own. The secret leaves this page once and never comes back. */
import { Button, Card, Group, PasswordInput, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '../lib/api.ts';
import { useTenantQuery } from '../lib/queries.ts';
import type { ConfigurationView, StoredAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Trouble } from '../parts/feedback.tsx';

/** What the API calls the address in an error. */
const ADDRESS_FIELD = 'alerts.webhookUrl: ';

/** The section of the page. */
export function AlertWebhook() {
  const configuration = useTenantQuery<ConfigurationView>('/configuration');
  return (
    <Card withBorder padding="md" component="section" aria-label="Webhook">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Webhook
        </Title>
        <Loaded query={configuration}>
          {(view) =>
            view.managedBy === 'file' ? <OfTheFile view={view} /> : <Form key={view.tenantId} current={view} />
          }
        </Loaded>
      </Stack>
    </Card>
  );
}

/** Why an address is not taken, without the API's name for it. */
function aboutAddress({ status, code, message, hint }: ApiError): ApiError {
  return new ApiError(status, code, `This address cannot be used: ${message.slice(ADDRESS_FIELD.length)}`, hint);
}

function Now({ view: { alerts } }: { readonly view: ConfigurationView }) {
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {alerts === null
        ? 'Notices of this tenant go where those of all tenants go, if the operator has set that up.'
        : `Notices of this tenant go to ${alerts.webhookUrl}, signed, and nowhere else.`}
    </Text>
  );
}

function OfTheFile({ view }: { readonly view: ConfigurationView }) {
  return (
    <>
      <Now view={view} />
      <Text size="sm">
        This tenant is in the tenants file and is changed there: its section alerts has webhookUrl and webhookSecret.
      </Text>
    </>
  );
}

function Form({ current }: { readonly current: ConfigurationView }) {
  const client = useQueryClient();
  // As it was when it was filled in: whoever changed it meanwhile is not overwritten.
  const [before, setBefore] = useState(current);
  const [url, setUrl] = useState(current.alerts?.webhookUrl ?? '');
  const [secret, setSecret] = useState('');
  const hasOwn = before.alerts !== null;
  const store = useMutation({
    mutationFn: (alerts: object | null) =>
      send<StoredAnswer>('PUT', `/tenants/${before.tenantId}/configuration`, {
        tenant: { alerts },
        seenRevision: before.revision ?? 1,
      }),
    onSuccess({ configuration }) {
      setBefore(configuration);
      setUrl(configuration.alerts?.webhookUrl ?? '');
      setSecret('');
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: [before.tenantId] }),
        client.invalidateQueries({ queryKey: ['tenants'] }),
      ]),
  });
  const { error } = store;
  const isRefused = error instanceof ApiError && error.message.startsWith(ADDRESS_FIELD);
  const isMoved = url.trim() !== (before.alerts?.webhookUrl ?? '');
  const isFilled = url.trim() !== '' && (secret !== '' || (hasOwn && !isMoved));
  return (
    <>
      <Now view={before} />
      <Allowed actions={['tenants']}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            store.mutate({ webhookUrl: url.trim(), ...(secret === '' ? {} : { webhookSecret: secret }) });
          }}
        >
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label="Address of the webhook"
              description="Reached by the same rules as a base URL. Put no secret into it: it is shown."
              placeholder="https://hooks.example.com/two-way-sync"
              inputMode="url"
              autoComplete="off"
              value={url}
              aria-invalid={isRefused}
              onChange={(event) => {
                setUrl(event.currentTarget.value);
                store.reset();
              }}
            />
            <PasswordInput
              label="Secret of the webhook"
              description="What notices are signed with. It is encrypted, and is never shown again."
              placeholder={hasOwn ? (isMoved ? 'to be given anew for another address' : 'as it is') : 'none'}
              autoComplete="off"
              value={secret}
              onChange={(event) => {
                setSecret(event.currentTarget.value);
                store.reset();
              }}
            />
          </SimpleGrid>
          <Group mt="sm">
            <Button type="submit" size="xs" loading={store.isPending} disabled={!isFilled}>
              Store
            </Button>
            {hasOwn ? (
              <Button size="xs" variant="default" disabled={store.isPending} onClick={() => store.mutate(null)}>
                Take it away
              </Button>
            ) : null}
          </Group>
        </form>
      </Allowed>
      {store.isSuccess ? (
        <Text size="sm" role="status">
          {hasOwn ? 'Stored. The secret is encrypted and is never shown again.' : 'Taken away.'}
        </Text>
      ) : null}
      {error === null ? null : <Trouble error={isRefused ? aboutAddress(error) : error} />}
    </>
  );
}
