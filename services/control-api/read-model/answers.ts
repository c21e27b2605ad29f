/** What the read model answers: the shapes of the API, each field with what it means. */
import { z } from 'zod';

/** ISO 8601 (UTC). */
export const time = z.iso.datetime();
/** Where to go on; null on the last page. */
export const next = z.string().nullable();
/** Where on Kafka it stands. */
export const source = z.object({ topic: z.string(), partition: z.int(), offset: z.int() });

/** How a record or field can stand; see `Explanation` of the core. */
export const STATES = ['in-sync', 'waiting', 'question', 'stopped', 'off', 'not-eligible'] as const;

/** How something stands, in words. */
const standing = {
  state: z.enum(STATES),
  /** Stable reason code. */
  reason: z.string(),
  /** The reason in a sentence. */
  sentence: z.string(),
  /** What somebody can do about it; empty when nothing is needed. */
  action: z.string(),
};

const recordRow = z.object({
  entity: z.enum(['company', 'contact']),
  /** `u:GUID`, or `c:ID` for a record that only the CRM has. */
  id: z.string(),
  crmId: z.string().nullable(),
  unleashedId: z.string().nullable(),
  name: z.string(),
  /** Account code of a company; empty for contacts. */
  code: z.string(),
  email: z.string(),
  ...standing,
  /** Fields that somebody has to correct something for. */
  stoppedFields: z.int(),
  /** Since when it is not in sync; null when it is, or takes no part. */
  since: time.nullable(),
  changedAt: time,
});

/** GET …/records */
export const recordsAnswer = z.object({
  records: z.array(recordRow),
  next,
  /** Records that fit the filters; null for a search, which is not counted. */
  total: z.int().nullable(),
});

const side = z.object({
  id: z.string(),
  parentId: z.string(),
  code: z.string(),
  deleted: z.boolean(),
  /** False when it may not take part; inactiveReason says why. */
  active: z.boolean(),
  inactiveReason: z.string(),
  readAt: time,
  updatedAt: time.nullable(),
  updatedBy: z.string().nullable(),
  /** When our last write there was read back, or went out where it needs no read-back; null when nothing was ever written. */
  confirmedAt: time.nullable(),
});

const field = z.object({
  field: z.string(),
  /** What each side shows; null when it was never seen. */
  crm: z.string().nullable(),
  unleashed: z.string().nullable(),
  /** The two forms that count as equal; null when nothing is agreed yet. */
  agreed: z.object({ crm: z.string(), unleashed: z.string() }).nullable(),
  /** Of an account manager: what the people are called whose ids the values are, as the side of the id calls them. */
  people: z.array(z.object({ id: z.string(), name: z.string() })),
  crmEditedAt: time.nullable(),
  unleashedEditedAt: time.nullable(),
  /** What the other system said about a value that it does not take; empty when nothing. */
  message: z.string(),
  ...standing,
});

/** How sure it is that two records are the same. */
const confidence = z.enum(['certain', 'likely', 'possible']);

/** GET …/records/{entity}/{id} */
export const recordAnswer = z.object({
  ...recordRow.omit({ stoppedFields: true, since: true }).shape,
  crm: side.nullable(),
  unleashed: side.nullable(),
  /** Where people open it in the two systems; null where it is not, or where the address is not known. */
  links: z.object({ crm: z.string().nullable(), unleashed: z.string().nullable() }),
  fields: z.array(field),
  paused: z.boolean(),
  /** The command under way. */
  inFlight: z.object({ commandId: z.string(), side: z.string(), op: z.string(), since: time }).nullable(),
  /** When and why it is tried again. */
  retry: z.object({ side: z.string(), attempt: z.int(), at: time, reason: z.string(), message: z.string() }).nullable(),
  /** The place of 'Sync to Unleashed'; null for records that have none. */
  button: z
    .object({
      state: z.enum(['enabled', 'disabled', 'creating', 'created']),
      reason: z.string(),
      sentence: z.string(),
      action: z.string(),
      unleashedId: z.string().nullable(),
    })
    .nullable(),
  /** By what its halves were taken for the same; null where there is only one. */
  match: z.object({ by: z.string(), confidence }).nullable(),
  /** Contacts of the CRM that look like this one of Unleashed, of which somebody has to say whether one is it. */
  lookalikes: z.array(z.object({ crmId: z.string(), name: z.string(), email: z.string() })),
});

/** Stable reason code, and the reason in a sentence. */
export const said = { reason: z.string(), sentence: z.string() };
const decisionEntry = z.object({
  kind: z.literal('decision'),
  at: time,
  source,
  /** observation, outcome, request, tenant or timer. */
  cause: z.string(),
  /** The record that caused it; null for a timer. */
  origin: z.object({ topic: z.string(), partition: z.int(), offset: z.int() }).nullable(),
  /** Who asked, when a request caused it. */
  requestedBy: z.string().nullable(),
  verdict: z.string(),
  ...said,
  settingVersion: z.int(),
  /** When and by whom the edit was made, as the source tells. */
  editedAt: time.nullable(),
  editedBy: z.string().nullable(),
  fields: z.array(
    z.object({
      field: z.string(),
      verdict: z.string(),
      ...said,
      crm: z.string().nullable(),
      unleashed: z.string().nullable(),
      agreedCrm: z.string().nullable(),
      agreedUnleashed: z.string().nullable(),
    }),
  ),
  commandIds: z.array(z.string()),
  conflictIds: z.array(z.string()),
});
const outcomeEntry = z.object({
  kind: z.literal('outcome'),
  at: time,
  source,
  commandId: z.string(),
  side: z.string(),
  /** applied, refused, superseded, deferred or unknown. */
  result: z.string(),
  ...said,
  message: z.string(),
  /** True when the command made the record. */
  created: z.boolean(),
  /** What the target showed before, and what was sent. */
  fields: z.array(z.object({ field: z.string(), result: z.string(), ...said, before: z.string(), sent: z.string() })),
});

/** GET …/records/{entity}/{id}/timeline: youngest first. */
export const timelineAnswer = z.object({
  entries: z.array(z.discriminatedUnion('kind', [decisionEntry, outcomeEntry])),
  next,
});

/** GET …/conflicts: youngest first. */
export const conflictsAnswer = z.object({
  conflicts: z.array(
    z.object({
      conflictId: z.string(),
      at: time,
      source,
      entity: z.string(),
      /** Record id, as under …/records. */
      id: z.string(),
      /** What people call the record; empty when it is gone. */
      name: z.string(),
      field: z.string(),
      policy: z.string(),
      /** Side whose value stays; none: it was left to a person. */
      winner: z.string(),
      /** A person still has to choose. */
      open: z.boolean(),
      crmValue: z.string(),
      unleashedValue: z.string(),
      crmEditedAt: time.nullable(),
      unleashedEditedAt: time.nullable(),
      crmEditedBy: z.string().nullable(),
      unleashedEditedBy: z.string().nullable(),
    }),
  ),
  next,
});

/** GET …/failing: what needs somebody, or is tried again and again, by reason; the largest group first. */
export const failingAnswer = z.object({
  groups: z.array(
    z.object({
      ...standing,
      count: z.int(),
      /** Oldest and youngest of the group: since when, and last change. */
      firstSeen: time,
      lastSeen: time,
    }),
  ),
});

/** GET …/audit: who ordered what, youngest first. */
export const auditAnswer = z.object({
  entries: z.array(
    z.object({
      requestId: z.string(),
      at: time,
      source,
      by: z.string(),
      kind: z.string(),
      entity: z.string().nullable(),
      side: z.string().nullable(),
      recordId: z.string().nullable(),
      field: z.string().nullable(),
      value: z.string().nullable(),
      targetId: z.string().nullable(),
      /** For pauses: why, in the words of who asked. */
      reason: z.string().nullable(),
      /** The plan that it is about; what a plan orders itself is not listed. */
      planId: z.string().nullable(),
      settings: z.record(z.string(), z.string()).nullable(),
      /** Version of the settings that the person saw. */
      seenVersion: z.int().nullable(),
      /** What was decided; null while it is not. */
      answer: z.object({ at: time, verdict: z.string(), ...said, settingVersion: z.int() }).nullable(),
    }),
  ),
  next,
});

/** GET …/overview: how many records stand how. */
export const overviewAnswer = z.object({
  /** Records by how they stand. */
  states: z.record(z.enum(STATES), z.int()),
  reasons: z.array(z.object({ entity: z.string(), ...standing, count: z.int() })),
  openQuestions: z.int(),
  /** Records of this tenant's topics that could not be read. */
  quarantined: z.int(),
});

const user = {
  /** Three characters: what the CRM stores for a company. */
  userCode: z.string(),
  name: z.string(),
  email: z.string(),
};

/** GET …/account-managers: users of the CRM by name. */
export const accountManagersAnswer = z.object({
  /** Whether account managers are synced now. */
  synced: z.boolean(),
  /** Who can be chosen. */
  offered: z.array(
    z.object({
      ...user,
      /** GUID of the sales person who is the same human being; null when there is none. */
      salespersonId: z.string().nullable(),
    }),
  ),
  /** Who cannot, and why. */
  leftOut: z.array(z.object({ ...user, reason: z.string(), sentence: z.string(), action: z.string() })),
});

/** GET …/overnight: what the overnight fix would do now, and what it did the last time. */
export const overnightAnswer = z.object({
  /** When it runs next; null when it is off. */
  dueAt: time.nullable(),
  synced: z
    .boolean()
    .describe('Account managers are synced: while they are not, no run can be ordered and nothing is set.'),
  people: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .describe('What the people are called whose user codes and GUIDs are named here, as far as that is known.'),
  plan: z.object({
    /** Companies that take part. */
    compared: z.int(),
    /** Companies whose account manager would be set to the one in Unleashed; while `synced` is false: once it is true. */
    ordered: z.int(),
    /** Companies whose account managers differ and that would stay as they are. */
    stopped: z.int(),
    /** Calls of the CRM, about. */
    calls: z.int(),
    /** Whether all of them are named. */
    complete: z.boolean(),
    items: z.array(
      z.object({
        /** Record id, as under …/records. */
        id: z.string(),
        name: z.string(),
        /** User code in the CRM; empty for none. */
        crm: z.string(),
        /** GUID of the sales person in Unleashed; empty for none. */
        unleashed: z.string(),
        verdict: z.enum(['ordered', 'stopped']),
        ...said,
        action: z.string(),
      }),
    ),
  }),
  last: z
    .object({
      startedAt: time,
      compared: z.int(),
      ordered: z.int(),
      stopped: z.int(),
      complete: z.boolean(),
      /** What it set, and how that stands now. The former manager comes back by restoring the conflict. */
      items: z.array(
        z.object({
          conflictId: z.string(),
          id: z.string(),
          name: z.string(),
          /** User code that the CRM showed before. */
          before: z.string(),
          unleashed: z.string(),
          state: z.string(),
          ...said,
        }),
      ),
    })
    .nullable(),
});

/** Answers by their types. */
export type RecordsAnswer = z.infer<typeof recordsAnswer>;
export type RecordAnswer = z.infer<typeof recordAnswer>;
export type TimelineAnswer = z.infer<typeof timelineAnswer>;
export type ConflictsAnswer = z.infer<typeof conflictsAnswer>;
export type FailingAnswer = z.infer<typeof failingAnswer>;
export type AuditAnswer = z.infer<typeof auditAnswer>;
export type OverviewAnswer = z.infer<typeof overviewAnswer>;
export type AccountManagersAnswer = z.infer<typeof accountManagersAnswer>;
export type OvernightAnswer = z.infer<typeof overnightAnswer>;

const forecastCount = z.object({
  /** entity.field: company.phone. */
  field: z.string(),
  /** Records that show two values. */
  differ: z.int(),
  /** Of these: both have a value, and one would be replaced, or waits for an answer. */
  replaces: z.int(),
  toCrm: z.int(),
  toUnleashed: z.int(),
  /** Both stay until somebody answers. */
  questions: z.int(),
  /** Both stay until the first alignment is approved. */
  held: z.int(),
});

/** POST …/settings/preview */
export const previewAnswer = z.object({
  /** Companies and contacts that would take part. */
  records: z.int().describe('Companies and contacts that would take part.'),
  differ: z.int().describe('Of these: not the same on both sides in at least one field.'),
  makes: z.int().describe('Of these: the counterpart would be made.'),
  writes: z.object({ crm: z.int(), unleashed: z.int() }).describe('Records that would be written, by side.'),
  questions: z.int().describe('Records with a field that waits for an answer.'),
  held: z.int().describe('Records with a field that waits for the first alignment to be approved.'),
  calls: z.object({ crm: z.int(), unleashed: z.int() }).describe('API calls that it takes, about.'),
  unleashedMonthShare: z.number().describe("Of the tenant's Unleashed calls per month, 0 to 1 and more."),
  minutes: z.int().describe('How long it takes beside the work of people, about.'),
  fields: z.array(forecastCount),
  matches: z
    .array(z.object({ entity: z.enum(['company', 'contact']), by: z.string(), confidence, count: z.int() }))
    .describe('Pairs that would take part, by what they were taken for the same.'),
  outside: z
    .array(z.object({ entity: z.enum(['company', 'contact']), ...standing, count: z.int() }))
    .describe('Records that would take no part, by reason: ambiguous ones are among them.'),
});

/** What a change of settings would mean. */
export type PreviewAnswer = z.infer<typeof previewAnswer>;
