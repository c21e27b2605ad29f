/**
 * Which offset of a partition may be committed while its records are finished in any order: never beyond the lowest one
 * that is unfinished. Pure.
 */

/** The window of one partition of one topic. */
export interface CommitWindow {
  /** A record is under way. Offsets come in ascending order. */
  begin(offset: bigint): void;
  /** A record is finished, whatever became of it. */
  finish(offset: bigint): void;
  /** The partition was read up to here (invisible records included). */
  advance(nextOffset: bigint): void;
  /** The position to commit, or null if it is the one that was committed last. */
  toCommit(): bigint | null;
  /** A position has been committed. */
  committed(position: bigint): void;
  /** Records under way. */
  size(): number;
}

/** @param start position that the group has committed, or where reading began */
export function createCommitWindow(start: bigint): CommitWindow {
  /** Offsets under way, ascending; finished ones stay until all before them are finished. */
  let underWay: { offset: bigint; finished: boolean }[] = [];
  const byOffset = new Map<bigint, { offset: bigint; finished: boolean }>();
  let end = start;
  let lastCommitted = start;

  const position = (): bigint => {
    const lowest = underWay.findIndex((one) => !one.finished);
    underWay = lowest === -1 ? [] : underWay.slice(lowest);
    return underWay[0]?.offset ?? end;
  };

  return {
    begin(offset) {
      const one = { offset, finished: false };
      underWay.push(one);
      byOffset.set(offset, one);
    },
    finish(offset) {
      const one = byOffset.get(offset);
      if (one === undefined) return;
      one.finished = true;
      byOffset.delete(offset);
    },
    advance(nextOffset) {
      if (nextOffset > end) end = nextOffset;
    },
    toCommit() {
      const at = position();
      return at > lastCommitted ? at : null;
    },
    committed(at) {
      if (at > lastCommitted) lastCommitted = at;
    },
    size: () => byOffset.size,
  };
}
