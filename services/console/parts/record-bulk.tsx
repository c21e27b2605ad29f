/** What can be done to many records of a list: always as a plan, which shows what it would write before anything is. */
import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { useMakePlan } from '../lib/plans.ts';
import { Allowed } from './allowed.tsx';
import { Trouble } from './feedback.tsx';

const KINDS = [
  { value: 'retry', label: 'Try again what failed' },
  { value: 'read', label: 'Look at them now' },
  { value: 'sync-contact', label: 'Sync contacts to Unleashed' },
  { value: 'pause', label: 'Pause them' },
  { value: 'resume', label: 'Resume them' },
];

interface Props {
  /** Records that are chosen one by one. */
  readonly chosen: readonly { entity: string; id: string }[];
  /** The list's filters. */
  readonly filter: Readonly<Record<string, string>>;
  readonly found: string;
}

/** A choice of orders and a button that makes the plan. */
export function RecordBulk({ chosen, filter, found }: Props) {
  const [kind, setKind] = useState('retry');
  const make = useMakePlan();
  return (
    <Allowed actions={[kind]}>
      <Group gap="xs" align="center">
        <NativeSelect
          aria-label="What to do with these records"
          size="xs"
          data={KINDS}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
        />
        <Button
          size="xs"
          variant="default"
          loading={make.isPending}
          onClick={() => make.mutate(chosen.length > 0 ? { kind, records: chosen } : { kind, filter })}
        >
          Plan it for {chosen.length > 0 ? `${chosen.length} chosen` : found}
        </Button>
        <Text size="xs" c="dimmed">
          Nothing is done before you approve the plan.
        </Text>
      </Group>
      {make.error === null ? null : <Trouble error={make.error} />}
    </Allowed>
  );
}
