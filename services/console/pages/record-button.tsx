/** 'Sync to Unleashed', or the state under 'Created'. */
import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useOrder } from '../lib/queries.ts';
import type { RecordAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Trouble } from '../parts/feedback.tsx';
import { Reason } from '../parts/standing.tsx';

/** The place of the button of a contact. It keeps its size, whatever it shows. */
export function ContactButton({
  button,
  crmId,
}: {
  readonly button: NonNullable<RecordAnswer['button']>;
  readonly crmId: string;
}) {
  const order = useOrder();
  const created = button.state === 'created';
  return (
    <Card withBorder padding="sm" component="section" aria-label={created ? 'Created' : 'Sync to Unleashed'}>
      <Group justify="space-between" mih={36}>
        <Stack gap={0}>
          <Text fw={600}>{created ? 'Created' : 'Not in Unleashed'}</Text>
          <Reason sentence={button.sentence} action={button.action} />
        </Stack>
        {created ? (
          <Badge color="teal" variant="light" tt="none" size="lg">
            In Unleashed
          </Badge>
        ) : (
          <Allowed actions={['sync-contact']}>
            <Button
              disabled={button.state !== 'enabled'}
              loading={order.isPending || button.state === 'creating'}
              onClick={() => order.mutate({ kind: 'sync-contact', recordId: crmId })}
            >
              Sync to Unleashed
            </Button>
          </Allowed>
        )}
      </Group>
      {order.error === null ? null : <Trouble error={order.error} />}
    </Card>
  );
}
