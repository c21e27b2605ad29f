/** How far a bulk of orders is. */
import { Alert, Progress, Text } from '@mantine/core';
import type { BulkProgress } from '../lib/bulk.ts';

/** A bar while it runs, the result afterwards. */
export function BulkBar({ progress }: { readonly progress: BulkProgress | null }) {
  if (progress === null) return null;
  const { done, total, refused, refusedCount } = progress;
  const finished = done === total;
  return (
    <Alert color={refusedCount > 0 ? 'yellow' : 'teal'} variant="light" role="status">
      <Text size="sm">
        {finished ? `${total - refusedCount} of ${total} ordered.` : `${done} of ${total} …`}
        {refusedCount > 0 ? ` ${refusedCount} refused: ${refused.join(' ')}` : ''}
      </Text>
      {finished ? null : <Progress value={(100 * done) / total} mt="xs" aria-label="Progress" />}
    </Alert>
  );
}
