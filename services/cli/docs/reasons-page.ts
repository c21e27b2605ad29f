/** docs/reasons.md: every reason code with its sentence and what to do, out of the core. */
import { REASONS, type Reason } from '#sync-core';
import { heading, table } from './markdown.ts';

/** The page as it has to be. */
export function reasonsPage(): string {
  const rows = Object.entries<Reason>(REASONS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { sentence, action }]) => [`\`${code}\``, sentence, action]);
  return [
    heading(
      'Reason codes',
      'Every decision about a record and a field has a reason: the field `reason` on `sync.decision` and of each of its',
      '`fields`, `blocked.code` and `retry.code` on `sync.link`, `code` on `sync.outcome` and `sync.lane`, and `reason` in',
      'answers of the control API. Codes are added, never renamed. Written by `npm run docs`.',
    ),
    table(['Code', 'What it says', 'What to do'], rows),
  ].join('\n');
}
