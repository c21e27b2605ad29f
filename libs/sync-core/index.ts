/** The pure core: what is decided, without a clock, random numbers or I/O. */
export { crmEssence, toCrmAddress, toUnleashedAddress, unleashedEssence } from './address.ts';
export { ALERT_PAUSE, ALERT_RULES, type AlertRule, type AlertRuleName, alertThreshold } from './alert-rules.ts';
export { type ButtonState, buttonOf } from './button.ts';
export { CREATE_CALLS, CRM_CALLS_PER_MINUTE, UPDATE_CALLS } from './costs.ts';
export {
  type Comparison,
  compareGone,
  compareMissing,
  compareRecord,
  compareTwins,
  type DriftCandidate,
  type DriftKind,
  type SeenRecords,
  stillThere,
} from './drift.ts';
export type { CoreEvent, Effects, ObservedRecord } from './events.ts';
export { explainField, explainRecord } from './explain.ts';
export {
  type Circumstances,
  type Explanation,
  factsOf,
  judgeField,
  judgeRecord,
  judgeWhole,
  type RecordFacts,
} from './facts.ts';
export { type FieldForecast, forecast, type RecordForecast } from './forecast.ts';
export {
  type FreshnessMemory,
  type Heading,
  headingsOf,
  lookAtFreshness,
  NO_FRESHNESS,
  type Waits,
} from './freshness.ts';
export { contactGuid, isMadeFor, markerOf, mayBeMade } from './identity.ts';
export { fromRecord, type LinkState } from './link-state.ts';
export { MATCH_CONFIDENCE, matchOf } from './match.ts';
export { LIMITS } from './options.ts';
export { nextLocalHour, type OvernightItem, planOvernight } from './overnight.ts';
export { peopleOf } from './people.ts';
export { type OrderForecast, type PlannedWrite, planOrder } from './plan-order.ts';
export { REASONS, type Reason, type ReasonCode, reasonOf } from './reasons.ts';
export { parseSettings } from './settings.ts';
export { resume, step } from './step.ts';
export { createTenantState, linkOf, setLink, type TenantState } from './tenant-state.ts';
