/** The ledger of values that lost. */
import { type Conflict, linkKey } from '#contracts';
import type { FieldState, LinkState } from './link-state.ts';
import { shownAt, versionOf } from './shown.ts';
import { addConflict, causeId, type StepContext } from './step-context.ts';

/** Records a conflict: both values, both times, both origins and the policy. */
export function recordConflict(
  context: StepContext,
  link: LinkState,
  field: FieldState,
  winner: string,
  policy: string,
): LinkState {
  const conflictNumber = link.conflictNumber + 1;
  const { tenantId, setting } = context.state;
  const conflict: Conflict = {
    conflictId: `${linkKey(tenantId, link.entity, link.linkId)}/${field.field}#${conflictNumber}`,
    tenantId,
    entity: link.entity,
    linkId: link.linkId,
    field: field.field,
    policy,
    winner,
    crmValue: shownAt(field, 'crm'),
    unleashedValue: shownAt(field, 'unleashed'),
    agreedCrm: field.agreed?.crm ?? null,
    agreedUnleashed: field.agreed?.unleashed ?? null,
    crmEditedAtMs: field.crmEditedAtMs,
    unleashedEditedAtMs: field.unleashedEditedAtMs,
    crmEditedBy: link.crm?.sourceUpdatedBy ?? null,
    unleashedEditedBy: link.unleashed?.sourceUpdatedBy ?? null,
    decisionId: causeId(context),
    decidedAtMs: context.nowMs,
    settingVersion: versionOf(setting),
  };
  addConflict(context, link, conflict);
  return { ...link, conflictNumber };
}
