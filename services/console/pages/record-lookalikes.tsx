/** A contact of Unleashed that looks like contacts of the CRM: somebody says which one it is, or that it is another one. */
import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { useOrder } from '../lib/queries.ts';
import type { RecordAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Trouble } from '../parts/feedback.tsx';

/** The candidates, each with the order that takes it, and the order to make a new one. */
export function Lookalikes({ record }: { readonly record: RecordAnswer }) {
  const order = useOrder();
  const { lookalikes, unleashedId } = record;
  if (lookalikes.length === 0 || unleashedId === null) return null;
  const take = (crmId: string) => order.mutate({ kind: 'use-existing', recordId: crmId, targetId: unleashedId });
  return (
    <Card withBorder padding="sm" component="section" aria-label="Who is it?">
      <Stack gap="xs">
        <Text fw={600}>Who is it?</Text>
        {lookalikes.map(({ crmId, name, email }) => (
          <Group key={crmId} justify="space-between">
            <Text size="sm">
              {name || '(no name)'} {email === '' ? '' : `· ${email} `}· CRM {crmId}
            </Text>
            <Allowed actions={['use-existing']}>
              <Button size="xs" variant="default" loading={order.isPending} onClick={() => take(crmId)}>
                This one
              </Button>
            </Allowed>
          </Group>
        ))}
        <Allowed actions={['make-in-crm']}>
          <Group>
            <Button
              size="xs"
              loading={order.isPending}
              onClick={() => order.mutate({ kind: 'make-in-crm', recordId: unleashedId })}
            >
              None of them: make it in the CRM
            </Button>
          </Group>
        </Allowed>
        {order.error === null ? null : <Trouble error={order.error} />}
      </Stack>
    </Card>
  );
}
