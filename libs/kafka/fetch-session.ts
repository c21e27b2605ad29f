/**
 * Fetch sessions (KIP-227), which kafkajs knows the fields of and never uses.
 *
 * Without one, each fetch names all of its partitions and each answer has them all, empty as most are. The processor reads
 * nine topics: with eight partitions that is 72 to encode, look up, answer and decode for the one that has a record, and
 * costs the broker and us about two milliseconds of CPU each. In a session the broker remembers the partitions: a fetch
 * names those that have moved, an answer those that have something.
 *
 * A session belongs to one broker and is numbered through: each fetch carries the next epoch. Whatever goes wrong, the next
 * fetch begins another one; the broker lets the forgotten one go.
 */

/** Partitions of one topic that a fetch asks for. */
export interface FetchTopic {
  topic: string;
  partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
}

/** What a fetch says within a session. */
export interface SessionFetch {
  sessionId: number;
  sessionEpoch: number;
  /** New, or moved since the last fetch; all of them in the first. */
  topics: FetchTopic[];
  /** No longer wanted. */
  forgottenTopics: { topic: string; partitions: number[] }[];
}

/** The session with one broker. */
export interface FetchSession {
  /** What to ask, so that the broker fetches exactly these. */
  next(wanted: readonly FetchTopic[]): SessionFetch;
  /** Notes an answer. False: the broker does not know the session (any more); ask again, with a new one. */
  accept(answer: { errorCode: number; sessionId: number }): boolean;
  /** The fate of a fetch is not known. */
  forget(): void;
}

/** No session; the epochs that open one, and that follow the last one there is. */
const NONE = 0;
const FIRST_EPOCH = 0;
const MAX_EPOCH = 2 ** 31 - 1;

/** FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH: it was let go, or the broker has been restarted. */
const UNKNOWN_SESSION: readonly number[] = [70, 71];

/** A session that is opened by the first fetch. */
export function createFetchSession(): FetchSession {
  let sessionId = NONE;
  let epoch = FIRST_EPOCH;
  /** Topic → partition → the offset that the broker has. */
  let known = new Map<string, Map<number, string>>();

  const forget = (): void => {
    epoch = FIRST_EPOCH; // With the old number: the broker then closes that one.
    known = new Map();
  };

  return {
    next(wanted) {
      const topics: FetchTopic[] = [];
      const forgottenTopics: SessionFetch['forgottenTopics'] = [];
      const now = new Map<string, Map<number, string>>();
      for (const { topic, partitions } of wanted) {
        const before = known.get(topic);
        const after = now.get(topic) ?? new Map<number, string>();
        now.set(topic, after);
        for (const { partition, fetchOffset } of partitions) after.set(partition, fetchOffset);
        const moved = partitions.filter((one) => before?.get(one.partition) !== one.fetchOffset);
        if (moved.length > 0) topics.push({ topic, partitions: moved });
      }
      for (const [topic, before] of known) {
        const after = now.get(topic);
        const gone = [...before.keys()].filter((partition) => after?.has(partition) !== true);
        if (gone.length > 0) forgottenTopics.push({ topic, partitions: gone });
      }
      known = now;
      return { sessionId, sessionEpoch: epoch, topics, forgottenTopics };
    },

    accept(answer) {
      if (UNKNOWN_SESSION.includes(answer.errorCode)) {
        forget();
        sessionId = NONE;
        return false;
      }
      sessionId = answer.sessionId;
      if (sessionId === NONE)
        forget(); // The broker has no room for another session.
      else epoch = epoch === MAX_EPOCH ? 1 : epoch + 1;
      return true;
    },

    forget,
  };
}
