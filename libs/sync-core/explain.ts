/**
 * Why a field, or a record, is as it is now. Follows the same rules in the same order as the merge and the dispatch, so that
 * what is said is what would be done.
 */
import type { Field } from '#contracts';
import { type Explanation, factsOf, fieldFacts, judgeField, judgeRecord, judgeWhole, wholeFacts } from './facts.ts';
import type { LinkState } from './link-state.ts';
import type { TenantState } from './tenant-state.ts';

/** Why one field is as it is. There is an answer for every field of every record. */
export function explainField(state: TenantState, link: LinkState, name: Field): Explanation {
  const whole = judgeWhole(state.setting, { entity: link.entity, whole: wholeFacts(state, link) });
  return whole ?? judgeField(state, link.entity, fieldFacts(state, link, name));
}

/** How a record as a whole stands: the field that needs somebody most. Fields whose option is off do not count. */
export function explainRecord(state: TenantState, link: LinkState): Explanation {
  return judgeRecord(state, factsOf(state, link));
}
