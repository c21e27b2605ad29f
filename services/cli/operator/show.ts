/** Answers of the control API as text. */
import pc from 'picocolors';
import { readableValue } from '#contracts';
import type {
  ConflictsAnswer,
  FailingAnswer,
  OvernightAnswer,
  PreviewAnswer,
  RecordAnswer,
  RecordsAnswer,
} from '../../control-api/read-model/answers.ts';
import type { SettingsView, TenantView } from '../../control-api/view-schemas.ts';
import { plainTable } from '../table.ts';

const lines = (...parts: readonly (string | null)[]): string => parts.filter((part) => part !== null).join('\n');
const say = (sentence: string, action: string): string => (action === '' ? sentence : `${sentence} ${pc.dim(action)}`);
const value = (text: string | null): string =>
  text === null ? '(never seen)' : text === '' ? '(blank)' : readableValue(text);

/** Tenants, a line each. */
export function showTenants({ tenants }: { tenants: readonly TenantView[] }): string {
  return plainTable(
    tenants.map(({ tenantId, name, settings, lanes }) => {
      const troubled = lanes.filter(({ state }) => state !== 'open').map(({ side, code }) => `${side}: ${code}`);
      const paused = (settings?.pauses ?? []).map(({ what, by }) => `${what}: paused${by === '' ? '' : ` by ${by}`}`);
      const sync = settings === null ? 'not ready' : settings.enabled ? 'on' : 'off';
      return [tenantId, name, sync, [...troubled, ...paused].join(', ') || 'open'];
    }),
    ['tenant', 'name', 'sync', 'lanes'],
  );
}

/** Settings that can be changed, a line each with the name that `settings` takes; then since when they are so. */
export function showSettings(settings: SettingsView): string {
  const {
    version,
    holds,
    pausedSides: _sides,
    pausedEntities: _entities,
    pauses,
    overnightDueAt,
    overnightLast,
    changedBy,
    changedAt,
    ...changeable
  } = settings;
  const rows = Object.entries(changeable).map(([name, one]) => [
    name,
    typeof one !== 'object' || one === null ? String(one) : Object.keys(one).length === 0 ? '-' : JSON.stringify(one),
  ]);
  return lines(
    plainTable(rows),
    '',
    `  Version ${version} of ${changedAt} by ${changedBy}${holds ? '' : ', not in force everywhere yet'}.`,
    ...pauses.map(
      ({ what, since, sentence, action }) =>
        `  Writing is paused: ${what}${since === null ? '' : ` since ${since}`}. ${say(sentence, action)}`,
    ),
  );
}

/** Records, a line each. */
export function showRecords({ records, next, total }: RecordsAnswer): string {
  if (records.length === 0) return 'No such record.';
  const rows = records.map(({ id, entity, name, code, email, state, reason }) => [
    ...[entity, id, name || '(no name)', code || email, reason === state ? state : `${state}: ${reason}`],
  ]);
  const more = total === null ? '  … and more' : `  … ${records.length} of ${total}`;
  return lines(plainTable(rows, ['', 'id', 'name', 'code or e-mail', 'how it stands']), next === null ? null : more);
}

/** Why a record is as it is: itself, then field by field. */
export function showRecord(record: RecordAnswer): string {
  const { name, entity, state, sentence, action, fields, button, retry, match, lookalikes } = record;
  return lines(
    `${pc.bold(name || '(no name)')}  ${entity} ${record.id}`,
    `  ${state}: ${say(sentence, action)}`,
    button === null ? null : `  Sync to Unleashed: ${button.state}. ${say(button.sentence, button.action)}`,
    ...lookalikes.map((one) => `  Looks like contact ${one.crmId} of the CRM: ${one.name || '(no name)'} ${one.email}`),
    match === null ? null : `  Taken for the same by ${match.by} (${match.confidence}).`,
    retry === null ? null : `  Writing to ${retry.side} is tried again at ${retry.at}: ${retry.message}`,
    '',
    ...fields.map((one) =>
      lines(
        `  ${pc.bold(one.field)}  ${one.state}: ${say(one.sentence, one.action)}`,
        one.crm === one.unleashed
          ? `    both       ${value(one.crm)}`
          : `    CRM        ${value(one.crm)}\n    Unleashed  ${value(one.unleashed)}`,
        one.message === '' ? null : `    “${one.message}”`,
      ),
    ),
  );
}

/** What a change of settings would mean. */
export function showPreview(preview: PreviewAnswer): string {
  const { records, differ, makes, writes, questions, held, calls, unleashedMonthShare, minutes, fields, matches } =
    preview;
  const rows = fields.map((one) =>
    [one.field, one.differ, one.replaces, one.toCrm, one.toUnleashed, one.questions, one.held].map(String),
  );
  return lines(
    `${records} records take part, ${differ} of them differ.`,
    `${writes.crm} would be written in the CRM, ${writes.unleashed} in Unleashed, ${makes} would be made.`,
    `${questions} would wait for an answer, ${held} for the first alignment to be approved.`,
    `About ${calls.crm} calls of the CRM and ${calls.unleashed} of Unleashed (${(unleashedMonthShare * 100).toFixed(1)} % of a month), ${minutes} minutes.`,
    ...matches.map((one) => `${one.count} pairs (${one.entity}) by ${one.by}: ${one.confidence}.`),
    rows.length === 0
      ? null
      : plainTable(rows, ['field', 'differs', 'two values', 'to the CRM', 'to Unleashed', 'asked', 'held']),
  );
}

/** The overnight fix: its plan, then its report. */
export function showOvernight({ dueAt, plan, last }: OvernightAnswer): string {
  const named = (name: string, id: string): string => name || id;
  return lines(
    dueAt === null ? 'The overnight fix is off.' : `The overnight fix runs next at ${dueAt}.`,
    `Now it would set ${plan.ordered} of ${plan.compared} companies (about ${plan.calls} calls of the CRM); ${plan.stopped} more differ and would stay.`,
    ...plan.items.map(
      ({ id, name, crm, unleashed, verdict, sentence, action }) =>
        `  ${named(name, id)}: ${crm || '(none)'} → ${verdict === 'ordered' ? unleashed : say(sentence, action)}`,
    ),
    last === null
      ? 'It has never run.'
      : `Last run ${last.startedAt}: ${last.compared} compared, ${last.ordered} set, ${last.stopped} left as they were.`,
    ...(last?.items ?? []).map(
      ({ id, name, before, sentence }) => `  ${named(name, id)}: was ${before || '(none)'}. ${sentence}`,
    ),
  );
}

/** Conflicts, a line each. */
export function showConflicts({ conflicts, next }: ConflictsAnswer): string {
  if (conflicts.length === 0) return 'No conflict.';
  const table = plainTable(
    conflicts.map((one) => [
      one.conflictId,
      `${one.name || one.id}: ${one.field}`,
      value(one.crmValue),
      value(one.unleashedValue),
      one.open ? 'waits for an answer' : `${one.winner} stayed (${one.policy})`,
    ]),
    ['conflict', 'field', 'CRM', 'Unleashed', 'settled'],
  );
  return next === null ? table : `${table}\n  … and older ones: see the console.`;
}

/** What fails, by reason. */
export function showFailing({ groups }: FailingAnswer): string {
  if (groups.length === 0) return 'Nothing fails.';
  return plainTable(
    groups.map(({ count, state, reason, sentence, action }) => [count, state, reason, say(sentence, action)]),
    ['records', 'state', 'reason', 'what it means'],
  );
}
