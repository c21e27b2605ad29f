/**
 * What a member of a group knows of its membership, from what its coordinator answers. Pure: time comes in.
 *
 * kafkajs tells of answers, not of requests, and an answer may have waited while the process was stopped. So what counts is
 * when its request was sent: from then on the coordinator gives the member a session.
 */

/** What was heard; times in milliseconds since the epoch. */
export interface Membership {
  /** When the last request about the membership was sent that was answered, whatever the answer was. */
  readonly sentMs: number;
  /** The same of the last one that confirmed the membership. */
  readonly confirmedMs: number;
  /** Since when there is a generation, in which others may have what was ours, whose assignment has not come; null when it has. */
  readonly awaitsSinceMs: number | null;
  /** When the coordinator last took the member for one. */
  readonly signMs: number;
}

/** What is heard. */
export type Heard =
  /** JoinGroup was answered: a generation begins. */
  | { readonly kind: 'generation'; readonly nowMs: number }
  /** SyncGroup or a heartbeat was answered, also with an error; `sentMs`: when it was asked. */
  | { readonly kind: 'answer'; readonly sentMs: number }
  /** The answer was an assignment. */
  | { readonly kind: 'assignment'; readonly nowMs: number }
  /** The answer was that the heartbeat is one of a member. */
  | { readonly kind: 'heartbeat'; readonly nowMs: number };

const NEVER = Number.NEGATIVE_INFINITY;

/** A member of which nothing was heard yet. */
export function unheard(nowMs: number): Membership {
  return { sentMs: NEVER, confirmedMs: NEVER, awaitsSinceMs: null, signMs: nowMs };
}

/** What is known after something was heard. */
export function hear(known: Membership, heard: Heard): Membership {
  switch (heard.kind) {
    case 'generation':
      return { ...known, sentMs: NEVER, confirmedMs: NEVER, awaitsSinceMs: known.awaitsSinceMs ?? heard.nowMs };
    case 'answer':
      return { ...known, sentMs: heard.sentMs };
    case 'assignment':
      return { ...known, confirmedMs: known.sentMs, awaitsSinceMs: null, signMs: heard.nowMs };
    case 'heartbeat':
      // kafkajs, when the answer to SyncGroup is lost, goes on in the new generation with the assignment of the old one.
      if (known.awaitsSinceMs !== null) return { ...known, signMs: heard.nowMs };
      return { ...known, confirmedMs: known.sentMs, signMs: heard.nowMs };
  }
}

/** Whether nobody else can have what this member was assigned. */
export function isConfirmed({ confirmedMs }: Membership, nowMs: number, sessionTimeoutMs: number): boolean {
  return nowMs < confirmedMs + sessionTimeoutMs;
}

/** Whether the assignment of its generation never came: the member keeps its session, and has nothing of its own. */
export function isStranded({ awaitsSinceMs, signMs }: Membership, sessionTimeoutMs: number): boolean {
  return awaitsSinceMs !== null && signMs - awaitsSinceMs > sessionTimeoutMs;
}
