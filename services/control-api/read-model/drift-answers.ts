/** What the API says of drift: checks and what they found. */
import { z } from 'zod';
import { next, said, source, time } from './answers.ts';

/** A check, as far as it is. */
const driftCheck = z.object({
  /** Id of the request that ordered it, or nightly- and its time. */
  checkId: z.string(),
  /** comparing: pages of both sides are read; confirming: what differs is given time and read again. */
  state: z.enum(['queued', 'comparing', 'confirming', 'finished', 'failed']),
  /** request or nightly. */
  cause: z.string(),
  /** Who ordered it; empty for nightly. */
  requestedBy: z.string(),
  requestedAt: time,
  startedAt: time.nullable(),
  /** While confirming: when what still differs is read again. */
  confirmAt: time.nullable(),
  finishedAt: time.nullable(),
  /** Stable error code of a check that failed; else ok. */
  code: z.string(),
  message: z.string(),
  /** Records read so far, both sides counted, and how many they will be. */
  companies: z.int(),
  contacts: z.int(),
  expected: z.int(),
  /** Values that are as they should be. */
  equal: z.int(),
  /** Values left out because an edit or a write of them was on its way. */
  inFlight: z.int(),
  /** What differs for a known reason, by reason: that is no drift. */
  explained: z.array(z.object({ reason: z.string(), sentence: z.string(), count: z.int() })),
  differences: z.int(),
  /** Differences that were not looked at again because there were too many. */
  unconfirmed: z.int(),
  /** Differences by kind. */
  kinds: z.record(z.string(), z.int()),
  calls: z.object({ crm: z.int(), unleashed: z.int() }),
});

/** GET …/drift: the youngest first. */
export const driftAnswer = z.object({ checks: z.array(driftCheck) });

/** GET …/drift/{checkId}/differences */
export const driftDifferencesAnswer = z.object({
  check: driftCheck,
  differences: z.array(
    z.object({
      number: z.int(),
      /** edit-missed, not-as-known, record-unknown, record-gone or contact-twice. */
      kind: z.string(),
      entity: z.enum(['company', 'contact']),
      /** Its record; of one that was not known the one that it becomes. */
      id: z.string(),
      side: z.string(),
      /** Id at that side. */
      recordId: z.string(),
      /** The synced field; record: it is about the record as a whole. */
      field: z.string(),
      name: z.string(),
      /** What the side showed, and what the sync knew of it. */
      shown: z.string().nullable(),
      known: z.string().nullable(),
      agreed: z.object({ crm: z.string(), unleashed: z.string() }).nullable(),
      /** Last change of the record by the clock of its side. */
      updatedAt: time.nullable(),
      /** When the sync had last read it. */
      knownReadAt: time.nullable(),
      firstSeenAt: time,
      confirmedAt: time,
      /** taken-in: the sync has seen since what was found. */
      standing: z.enum(['open', 'taken-in']),
      /** What is safe to order: the record is read and merged as ever. none: a person has to correct it. */
      repair: z.enum(['read', 'observe', 'none']),
      /** Calls that the repair may cost, a write that follows included. */
      repairCalls: z.int(),
      /** The last decisions and writes of that field, youngest first. */
      history: z.array(
        z.object({ at: time, kind: z.enum(['decision', 'outcome']), what: z.string(), ...said, source }),
      ),
    }),
  ),
  next,
});

/** Answers by their types. */
export type DriftCheckView = z.infer<typeof driftCheck>;
export type DriftAnswer = z.infer<typeof driftAnswer>;
export type DriftDifferencesAnswer = z.infer<typeof driftDifferencesAnswer>;
