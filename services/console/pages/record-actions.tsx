/** What can be done with a record: pause, resume, try again, look now. */
import { Button, Group, Text } from '@mantine/core';
import { useOrder } from '../lib/queries.ts';
import type { RecordAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';

/** Buttons of a record; what is refused is said beside them. */
export function RecordActions({ record }: { readonly record: RecordAnswer }) {
  const order = useOrder();
  const side = record.crmId === null ? 'unleashed' : 'crm';
  const recordId = record.crmId ?? record.unleashedId ?? '';
  const give = (kind: string): void => order.mutate({ kind, side, entity: record.entity, recordId });
  const isGiven = (kind: string): boolean => order.isPending && order.variables.kind === kind;
  return (
    <Group gap="xs">
      {order.error === null ? null : (
        <Text size="sm" c="red" role="alert">
          {order.error.message}
        </Text>
      )}
      <Allowed actions={['read']}>
        <Button variant="default" size="compact-sm" loading={isGiven('read')} onClick={() => give('read')}>
          Read now
        </Button>
        {record.state === 'stopped' || record.retry !== null ? (
          <Button variant="default" size="compact-sm" loading={isGiven('retry')} onClick={() => give('retry')}>
            Retry
          </Button>
        ) : null}
      </Allowed>
      <Allowed actions={['pause']}>
        {record.paused ? (
          <Button size="compact-sm" loading={isGiven('resume')} onClick={() => give('resume')}>
            Resume
          </Button>
        ) : (
          <Button variant="default" size="compact-sm" loading={isGiven('pause')} onClick={() => give('pause')}>
            Pause
          </Button>
        )}
      </Allowed>
    </Group>
  );
}
