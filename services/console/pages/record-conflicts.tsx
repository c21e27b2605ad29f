/** The conflicts that a record ever had, each value that lost one click from restored. */
import { Title } from '@mantine/core';
import { useTenantPages } from '../lib/queries.ts';
import type { ConflictsAnswer, RecordAnswer } from '../lib/types.ts';
import { ConflictTable } from '../parts/conflict-table.tsx';
import { More } from '../parts/more.tsx';

/** Nothing where there never was one. */
export function RecordConflicts({ record: { entity, id } }: { readonly record: RecordAnswer }) {
  const list = useTenantPages<ConflictsAnswer>(`/conflicts?entity=${entity}&record=${encodeURIComponent(id)}`);
  const conflicts = (list.data?.pages ?? []).flatMap((page) => page.conflicts);
  if (conflicts.length === 0) return null;
  return (
    <section aria-label="Conflicts">
      <Title order={2} size="h4" mb="sm">
        Conflicts
      </Title>
      <ConflictTable conflicts={conflicts} />
      <More list={list} />
    </section>
  );
}
