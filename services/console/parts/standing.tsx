/** How something stands: a word with a colour, the reason in a sentence and what to do about it. */
import { Badge, Text } from '@mantine/core';
import { STATE_WORDS } from '../lib/words.ts';

/** The state as a word. */
export function StateBadge({ state }: { readonly state: string }) {
  const { word, color } = STATE_WORDS[state] ?? { word: state, color: 'gray' };
  return (
    <Badge color={color} variant="light" autoContrast tt="none" miw="max-content">
      {word}
    </Badge>
  );
}

/** The reason in a sentence, and what to do. */
export function Reason({ sentence, action }: { readonly sentence: string; readonly action: string }) {
  return (
    <Text size="sm" component="span">
      {sentence}
      {action === '' ? null : (
        <Text span size="sm" c="dimmed">
          {' '}
          {action}
        </Text>
      )}
    </Text>
  );
}
