/** A chart with what it says in words, its lines by name, and a table of it. */
import { Card, Group, Skeleton, Table, Text, Title } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { type Chart, minutesText, rowsOf } from '../lib/trends.ts';
import { OrElse } from './or-else.tsx';

const LinePlot = lazy(() => import('./line-plot.tsx'));
/** Height of the lines, and of what is in their place until they are there, pixels. */
const HEIGHT = 150;
/** Rows of a table at most. */
const ROWS_MAX = 24;

/** The chart; without a moment it says that there is none yet. */
export function Trend({ chart }: { readonly chart: Chart }) {
  return (
    <Card withBorder padding="sm" component="figure" m={0} aria-label={chart.title}>
      <Title order={3} size="sm" fw={600}>
        {chart.title}
      </Title>
      <Group gap="md" mt={4}>
        {chart.lines.map(({ label, color, dashed = false }) => (
          <Group gap={6} key={label} wrap="nowrap">
            <svg width="22" height="8" aria-hidden="true">
              <line
                {...{ x1: 0, y1: 4, x2: 22, y2: 4, strokeWidth: 2 }}
                stroke={`light-dark(var(--mantine-color-${color}-8), var(--mantine-color-${color}-4))`}
                strokeDasharray={dashed ? '6 4' : undefined}
              />
            </svg>
            <Text size="xs">{label}</Text>
          </Group>
        ))}
      </Group>
      {chart.seconds.length === 0 ? (
        <InItsPlace>Nothing noted yet; that is done every five minutes.</InItsPlace>
      ) : (
        <OrElse instead={<InItsPlace>This browser cannot draw it; the table says the same.</InItsPlace>}>
          <Suspense fallback={<Skeleton h={HEIGHT} />}>
            <LinePlot chart={chart} height={HEIGHT} />
          </Suspense>
        </OrElse>
      )}
      <Text size="sm" component="figcaption">
        {chart.seconds.length === 0 ? 'There is nothing to show yet.' : chart.sentence}
      </Text>
      {chart.seconds.length === 0 ? null : <AsTable chart={chart} />}
    </Card>
  );
}

/** Words where the lines would be. */
function InItsPlace({ children }: { readonly children: string }) {
  return (
    <Group h={HEIGHT} justify="center">
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </Group>
  );
}

function AsTable({ chart }: { readonly chart: Chart }) {
  const textOf = (value: number | null): string => {
    if (value === null) return '–';
    return chart.unit === 'minutes' ? minutesText(value) : value.toLocaleString('en');
  };
  return (
    <details>
      <Text size="sm" component="summary" style={{ cursor: 'pointer' }}>
        As a table
      </Text>
      <Table aria-label={chart.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            {chart.lines.map(({ label }) => (
              <Table.Th key={label} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rowsOf(chart, ROWS_MAX).map(({ second, values }) => (
            <Table.Tr key={second}>
              <Table.Td>{new Date(second * 1_000).toLocaleString()}</Table.Td>
              {values.map((value, index) => (
                <Table.Td key={chart.lines[index]!.label} ta="right">
                  {textOf(value)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </details>
  );
}
