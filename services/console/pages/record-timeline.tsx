/** What happened to a record: decisions, and what became of each write. */

import { Card, Code, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTenantPages } from '../lib/queries.ts';
import type { TimelineAnswer } from '../lib/types.ts';
import { asWords, fieldWord, sideWord } from '../lib/words.ts';
import { Loaded, Nothing } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Value } from '../parts/value.tsx';

type TimelineEntry = TimelineAnswer['entries'][number];

/** The timeline of a record, youngest first. */
export function Timeline({ path }: { readonly path: string }) {
  const list = useTenantPages<TimelineAnswer>(`${path}/timeline`);
  return (
    <Loaded query={list}>
      {({ pages }) => {
        const entries = pages.flatMap((page) => page.entries);
        if (entries.length === 0) return <Nothing title="Nothing happened yet" />;
        return (
          <Stack gap="xs">
            {entries.map((entry) => (
              <Entry key={placeText(entry.source)} entry={entry} />
            ))}
            <More list={list} />
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** Topic, partition and offset in one word. */
function placeText({ topic, partition, offset }: TimelineEntry['source']): string {
  return `${topic}/${partition}/${offset}`;
}

/** One step; `only` shows a single field of it. */
export function Entry({ entry, only }: { readonly entry: TimelineEntry; readonly only?: string }) {
  const shown = (field: string): boolean => only === undefined || field === only;
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Text size="sm" fw={600}>
          {entry.kind === 'decision'
            ? `Decision: ${asWords(entry.verdict).toLowerCase()}`
            : `${entry.created ? 'Made in' : 'Write to'} ${sideWord(entry.side)}: ${asWords(entry.result).toLowerCase()}`}
        </Text>
        <Text size="xs" c="dimmed">
          <TimeAgo at={entry.at} />
        </Text>
      </Group>
      <Text size="sm">{entry.sentence}</Text>
      {entry.kind === 'outcome' && entry.message !== '' ? <Text size="sm">“{entry.message}”</Text> : null}
      <Stack gap={4} mt={entry.fields.length === 0 ? 0 : 'xs'}>
        {entry.kind === 'decision'
          ? entry.fields
              .filter(({ field }) => shown(field))
              .map((field) => (
                <FieldLine key={field.field} field={field.field}>
                  {field.sentence} CRM <Value text={field.crm} /> · Unleashed <Value text={field.unleashed} />
                </FieldLine>
              ))
          : entry.fields
              .filter(({ field }) => shown(field))
              .map((field) => (
                <FieldLine key={field.field} field={field.field}>
                  <Value text={field.before} /> → <Value text={field.sent} />{' '}
                  <Text span inherit c="dimmed">
                    {asWords(field.result).toLowerCase()}
                  </Text>
                </FieldLine>
              ))}
      </Stack>
      <Text size="xs" c="dimmed" mt={6} style={{ overflowWrap: 'anywhere' }}>
        {entry.kind === 'decision' ? <Origin entry={entry} /> : <>Command {entry.commandId.slice(0, 8)}. </>}
        Stored as <Code fz="xs">{placeText(entry.source)}</Code>
      </Text>
    </Card>
  );
}

/** The edit or order that a decision was made on. */
function Origin({ entry }: { readonly entry: Extract<TimelineEntry, { kind: 'decision' }> }) {
  const { origin, requestedBy, editedAt, editedBy, settingVersion, commandIds } = entry;
  return (
    <>
      {origin === null ? null : (
        <>
          Came from <Code fz="xs">{placeText(origin)}</Code>
          {requestedBy === null ? '' : `, ordered by ${requestedBy}`}
          {editedAt === null ? '' : `, edited ${new Date(editedAt).toLocaleString()}`}
          {editedBy === null ? '' : ` by ${editedBy}`}.{' '}
        </>
      )}
      Settings version {settingVersion}.{' '}
      {commandIds.length === 0 ? '' : `Ordered ${commandIds.map((id) => id.slice(0, 8)).join(', ')}. `}
    </>
  );
}

/** What an entry says of one field. */
function FieldLine({ field, children }: { readonly field: string; readonly children: ReactNode }) {
  return (
    <Text size="sm" component="div">
      <Text span inherit fw={600}>
        {fieldWord(field)}:
      </Text>{' '}
      {children}
    </Text>
  );
}
