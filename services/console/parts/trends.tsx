/** Charts of a tenant's last day and month, and of all tenants' last day. */
import { SimpleGrid } from '@mantine/core';
import { useMemo } from 'react';
import { backlogChart, callsChart, lagChart } from '../lib/trends.ts';
import type { AllTrendsAnswer, HealthView, TrendsAnswer } from '../lib/types.ts';
import { Trend } from './trend.tsx';

/** Of a tenant. */
export function TenantTrends({
  trends: { day, month },
  quota,
}: {
  readonly trends: TrendsAnswer;
  readonly quota: HealthView['quota'];
}) {
  const charts = useMemo(
    () => [lagChart(day), backlogChart(day), ...(quota === null ? [] : [callsChart(month, quota)])],
    [day, month, quota],
  );
  return (
    <section aria-label="The last day and the month">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {charts.map((chart) => (
          <Trend key={chart.title} chart={chart} />
        ))}
      </SimpleGrid>
    </section>
  );
}

/** Of all tenants together. */
export function AllTrends({ trends: { day } }: { readonly trends: AllTrendsAnswer }) {
  const charts = useMemo(() => [lagChart(day, ', the worst tenant'), backlogChart(day)], [day]);
  return (
    <section aria-label="The last day">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {charts.map((chart) => (
          <Trend key={chart.title} chart={chart} />
        ))}
      </SimpleGrid>
    </section>
  );
}
