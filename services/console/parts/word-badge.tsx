/** A word with a colour. */
import { Badge } from '@mantine/core';

/** Shows what a code means, out of a table of words. */
export function WordBadge({
  code,
  words,
}: {
  readonly code: string;
  readonly words: Readonly<Record<string, { word: string; color: string }>>;
}) {
  const { word, color } = words[code] ?? { word: code, color: 'gray' };
  return (
    <Badge color={color} variant="light" autoContrast tt="none" miw="max-content">
      {word}
    </Badge>
  );
}
