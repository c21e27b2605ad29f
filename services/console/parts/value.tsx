/** A value of a record, always as text. */
import { Text } from '@mantine/core';
import { readableValue } from '../../../libs/contracts/field-values.ts';

/** Shows a value; blank and unknown are told apart. */
export function Value({ text }: { readonly text: string | null }) {
  if (text === null || text === '') {
    return (
      <Text size="sm" c="dimmed" fs="italic" component="span">
        {text === null ? 'never seen' : 'blank'}
      </Text>
    );
  }
  return (
    <Text size="sm" component="span" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {readableValue(text)}
    </Text>
  );
}
