/** Why a field is as it is: the decisions and writes that touched it, back to the edit on its topic. */
import { Drawer, Stack, Text } from '@mantine/core';
import { useTenantPages } from '../lib/queries.ts';
import type { TimelineAnswer } from '../lib/types.ts';
import { fieldWord } from '../lib/words.ts';
import { Loaded, Nothing } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { Entry } from './record-timeline.tsx';

/** The lineage of a field, youngest first. */
export function WhyField({
  field,
  path,
  onClose,
}: {
  readonly field: string;
  readonly path: string;
  readonly onClose: () => void;
}) {
  const list = useTenantPages<TimelineAnswer>(`${path}/timeline`);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={`Why is ${fieldWord(field).toLowerCase()} as it is?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Loaded query={list}>
        {({ pages }) => {
          const entries = pages
            .flatMap((page) => page.entries)
            .filter(({ fields }) => fields.some((one) => one.field === field));
          return (
            <Stack>
              <Text size="sm" c="dimmed">
                Each step names the record on its topic that it came from. The newest is first.
              </Text>
              {entries.length === 0 ? (
                <Nothing title="Nothing was decided about this field">It is as it was first read.</Nothing>
              ) : (
                entries.map((entry) => (
                  <Entry
                    key={`${entry.source.topic} ${entry.source.partition} ${entry.source.offset}`}
                    entry={entry}
                    only={field}
                  />
                ))
              )}
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </Drawer>
  );
}
