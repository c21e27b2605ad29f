/** A value of a record, always as text. */
import { Text } from '@mantine/core';
import { readableValue } from '../../../libs/contracts/field-values.ts';

/** People who values may stand for. */
type People = readonly { readonly id: string; readonly name: string }[];

/** How a value reads. */
export function wordsOf(text: string, people: People): string {
  return people.find(({ id }) => id === text)?.name ?? readableValue(text);
}

/** Shows a value; blank and unknown are told apart. One that is the id of one of `people` is shown as their name. */
export function Value({ text, people = [] }: { readonly text: string | null; readonly people?: People }) {
  if (text === null || text === '') {
    return (
      <Text size="sm" c="dimmed" fs="italic" component="span">
        {text === null ? 'never seen' : 'blank'}
      </Text>
    );
  }
  return (
    <Text
      size="sm"
      component="span"
      title={people.some(({ id }) => id === text) ? text : undefined}
      style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
    >
      {wordsOf(text, people)}
    </Text>
  );
}
