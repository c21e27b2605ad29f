/** One of the two values of a conflict. */
import { Badge, Stack } from '@mantine/core';
import { Value } from './value.tsx';

/** The value that a side held; marked where it is the one that stayed. */
export function Held({ value, wins }: { readonly value: string; readonly wins: boolean }) {
  return (
    <Stack gap={2} align="flex-start">
      <Value text={value} />
      {wins ? (
        <Badge size="sm" color="teal" variant="light" tt="none">
          stayed
        </Badge>
      ) : null}
    </Stack>
  );
}
