/** Checks for drift as text. */
import pc from 'picocolors';
import { readableValue } from '#contracts';
import type { DriftCheckView, DriftDifferencesAnswer } from '../../control-api/read-model/drift-answers.ts';

const value = (text: string | null): string =>
  text === null ? '(nothing)' : text === '' ? '(blank)' : readableValue(text);

/** A check and what it found. */
export function showDrift({
  check,
  differences,
}: {
  readonly check: DriftCheckView | null;
  readonly differences: DriftDifferencesAnswer['differences'];
}): string {
  if (check === null) return 'No check yet. Order one with --check.';
  const { state, message, companies, contacts, equal, inFlight, explained, unconfirmed, calls } = check;
  if (state === 'failed') return `The check of ${check.requestedAt} failed: ${message}`;
  return [
    `Check of ${check.requestedAt}: ${pc.bold(`${check.differences} differences`)} (${state}).`,
    `  ${companies} companies and ${contacts} contacts read with ${calls.crm} calls of the CRM and ${calls.unleashed} of Unleashed.`,
    `  ${equal} values as they should be, ${inFlight} left out because they were on their way.`,
    ...explained.map(({ count, sentence }) => `  ${count} × ${sentence}`),
    ...(unconfirmed === 0 ? [] : [`  ${unconfirmed} more were not looked at again.`]),
    ...differences.map((one) =>
      [
        `${pc.bold(`${one.number}  ${one.name || one.recordId}: ${one.field}`)}  ${one.kind}, ${one.standing}`,
        `    ${one.side === 'crm' ? 'CRM      ' : 'Unleashed'}  ${value(one.shown)}`,
        `    known      ${value(one.known)}`,
        ...one.history.map((entry) => pc.dim(`    ${entry.at} ${entry.what}: ${entry.sentence}`)),
        `    repair: ${one.repair}${one.repair === 'none' ? '' : ` (at most ${one.repairCalls} calls)`}`,
      ].join('\n'),
    ),
  ].join('\n');
}

/** How far a check is. */
export function showDriftProgress(check: DriftCheckView | undefined): string {
  if (check === undefined || check.state === 'queued') return 'The check waits for its turn';
  const read = `${check.companies + check.contacts} of about ${check.expected} records read`;
  return check.state === 'confirming' ? `${read}; confirming until ${check.confirmAt ?? 'soon'}` : read;
}
