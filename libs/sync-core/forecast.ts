/**
 * What would be written under settings that nobody has chosen yet. Made of the facts about a record, like how it stands: so
 * a million records are looked at as the few dozen kinds that they are.
 */
import type { Entity, Field, Side } from '#contracts';
import { fieldEnabled, isEntityPaused, offReason, sideHeld } from './eligibility.ts';
import { type Circumstances, type FieldFacts, judgeWhole, type RecordFacts } from './facts.ts';
import { policyFor } from './field-rules.ts';
import { otherSide } from './link-state.ts';

/** What would become of a field that is not the same on both sides. */
export interface FieldForecast {
  readonly field: Field;
  /** Side that would be written to; question: both stay until somebody answers; held: until the first alignment is approved. */
  readonly to: Side | 'question' | 'held';
  /** Two values, of which one would stay; false where a blank is filled or an edit is carried over. */
  readonly replaces: boolean;
}

/** What would become of a record. */
export interface RecordForecast {
  /** Whether it takes part. */
  readonly takesPart: boolean;
  /** Whether its counterpart would be made. */
  readonly makes: boolean;
  /** Fields that are not the same, in their fixed order; those that stand still for another reason are left out. */
  readonly fields: readonly FieldForecast[];
}

const OUTSIDE: RecordForecast = { takesPart: false, makes: false, fields: [] };

/** What these settings would make of a record. Of two values, whether the one that stays fits the other side is not looked at. */
export function forecast(circumstances: Circumstances, facts: RecordFacts): RecordForecast {
  if (offReason(circumstances.setting) !== null || facts.entity === 'person') return OUTSIDE;
  const whole = judgeWhole(circumstances.setting, facts);
  if (whole === null) {
    const fields = facts.fields.flatMap((field) => forecastField(circumstances, facts.entity, field) ?? []);
    return { takesPart: true, makes: false, fields };
  }
  if (whole.state !== 'waiting') return OUTSIDE;
  return { takesPart: true, makes: true, fields: [] };
}

function forecastField({ setting, lanes }: Circumstances, entity: Entity, facts: FieldFacts): FieldForecast | null {
  const { field, first, unaligned, hangsOn, latest, otherwise } = facts;
  if (!fieldEnabled(setting, field) || first?.state === 'stopped') return null;
  if (unaligned && setting?.alignment === 'hold') return { field, to: 'held', replaces: hangsOn === 'policy' };
  if (otherwise.reason === 'breaker-held') return null;
  if (hangsOn === null) return otherwise.state === 'question' ? { field, to: 'question', replaces: true } : null;
  const policy = hangsOn === 'policy' ? policyFor(setting, entity, field, unaligned) : null;
  if (policy === null) return toSide(hangsOn as Side, false);
  if (policy === 'ask') return { field, to: 'question', replaces: true };
  const winner = policy === 'latest' ? latest : policy;
  return winner === null ? null : toSide(otherSide(winner), true);

  function toSide(side: Side, replaces: boolean): FieldForecast | null {
    const isPaused = isEntityPaused(setting, entity) || sideHeld({ setting, lanes }, side) === 'side-paused';
    return isPaused ? null : { field, to: side, replaces };
  }
}
