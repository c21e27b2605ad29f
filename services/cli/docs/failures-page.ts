/** docs/failures.md: what follows from everything that can go wrong with a call, out of the table that the sinks decide by. */
import { CALL_FAILURES, type Failure, OTHER_FAILURES } from '#sink';
import { REASONS, type Reason } from '#sync-core';
import { heading, table } from './markdown.ts';

const COLUMNS = ['Failure', 'What happens', 'What follows', 'Wait', 'Reason', 'What people are told', 'What to do'];

/** The page as it has to be. */
export function failuresPage(): string {
  return [
    heading(
      'Failures',
      'What can go wrong between a sink and an API, and what follows. Both sinks decide by this table',
      '(`libs/sink/failures.ts`), each row has a test of its name for each API, and `npm run docs` writes this page.',
      '',
      '- `retry-now`: the record is read at once, and what it shows decides.',
      '- `retry-later`: the order is given again after a wait; the other records of the tenant go on.',
      '- `pause-lane`: the whole direction of the tenant waits.',
      '- `park`: the record or field rests until it changes or somebody asks for it; the others go on.',
      '- `ask`: the direction waits, and only a person can end that.',
      '',
      'Waits: `outage` is two seconds, doubled with each failure in a row up to two minutes, and from the third on the whole',
      'direction waits; `outage-of-record` is the same and never the direction; `asked` is what Retry-After says, within an hour,',
      'or ten seconds; `budget` lasts until our own budget has room, `month` until the 1st, `person` five minutes at a time.',
      '',
      'A write whose answer was lost is first settled by reading: if the record shows what was ordered, the order was carried',
      'out, whatever the row says. What may still arrive late is `fate-unknown`.',
    ),
    '## A call failed',
    '',
    table(COLUMNS, rowsOf(CALL_FAILURES)),
    '## Found by reading, or by looking at the order',
    '',
    table(COLUMNS, rowsOf(OTHER_FAILURES)),
  ].join('\n');
}

function rowsOf(failures: Readonly<Record<string, Failure>>): string[][] {
  const reasons: Readonly<Record<string, Reason>> = REASONS;
  return Object.entries(failures).map(([name, { happens, action, wait, code, toDo }]) => [
    `\`${name}\``,
    happens,
    `\`${action}\``,
    wait === 'none' ? '' : `\`${wait}\``,
    `\`${code}\``,
    reasons[code]?.sentence ?? '',
    toDo,
  ]);
}
