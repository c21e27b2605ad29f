/** What was decided on an order. */
import { Badge, Text } from '@mantine/core';
import type { AuditAnswer } from '../lib/types.ts';

/** Accepted, refused with the reason, or not decided yet. */
export function OrderAnswer({ answer }: { readonly answer: AuditAnswer['entries'][number]['answer'] }) {
  if (answer === null)
    return (
      <Badge color="gray" variant="light" tt="none">
        not decided yet
      </Badge>
    );
  const refused = answer.verdict === 'refused' || answer.verdict === 'rejected';
  return (
    <Text size="sm" c={refused ? 'red' : 'bright'} component="span">
      {answer.sentence}
    </Text>
  );
}
