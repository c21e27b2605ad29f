/** Who changed which setting when. */
import { useTenantPages } from '../lib/queries.ts';
import type { AuditAnswer } from '../lib/types.ts';
import { Loaded, Nothing } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { type OrdersColumn, OrdersTable } from '../parts/orders-table.tsx';

const COLUMNS: readonly OrdersColumn[] = [{ title: 'What', cell: ({ settings }) => settingsText(settings ?? {}) }];

/** Changes of settings among all orders, youngest first. */
export function SettingsHistory() {
  const list = useTenantPages<AuditAnswer>('/audit?limit=200');
  return (
    <Loaded query={list}>
      {({ pages }) => {
        const changes = pages.flatMap(({ entries }) => entries).filter(({ settings }) => settings !== null);
        return (
          <>
            {changes.length === 0 ? (
              <Nothing title="No change yet">Who changes a setting is named here.</Nothing>
            ) : (
              <OrdersTable entries={changes} columns={COLUMNS} minWidth={560} />
            )}
            <More list={list} />
          </>
        );
      }}
    </Loaded>
  );
}

/** Settings of an order in one line. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  const word = (value: string): string => (value === 'true' ? 'on' : value === 'false' ? 'off' : value);
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${word(value)}`)
    .join(', ');
}
