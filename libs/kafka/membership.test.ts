import { describe, expect, it } from 'vitest';
import { type Heard, hear, isConfirmed, isStranded, type Membership, unheard } from './membership.ts';

const SESSION_MS = 10_000;

/** A coordinator that answers after `tookMs`; the clock of the member goes on with each answer. */
function member() {
  let nowMs = 1_000_000;
  let known: Membership = unheard(nowMs);
  const put = (heard: Heard): void => {
    known = hear(known, heard);
  };
  const answered = (tookMs: number): void => {
    nowMs += tookMs;
    put({ kind: 'answer', sentMs: nowMs - tookMs });
  };
  return {
    known: () => known,
    pass(ms: number) {
      nowMs += ms;
    },
    join(tookMs = 5) {
      nowMs += tookMs;
      put({ kind: 'generation', nowMs });
    },
    sync(tookMs = 5) {
      answered(tookMs);
      put({ kind: 'assignment', nowMs });
    },
    heartbeat(tookMs = 5) {
      answered(tookMs);
      put({ kind: 'heartbeat', nowMs });
    },
    /** A heartbeat, or SyncGroup, that was answered by an error. */
    refused: (tookMs = 5) => answered(tookMs),
    isSure: () => isConfirmed(known, nowMs, SESSION_MS),
    isStranded: () => isStranded(known, SESSION_MS),
    silentMs: () => nowMs - known.signMs,
  };
}

/** One that has its assignment. */
function settled() {
  const one = member();
  one.join();
  one.sync();
  return one;
}

describe('a member', () => {
  it('is sure of what it has from its assignment on, and not before', () => {
    const one = member();
    expect(one.isSure()).toBe(false);
    one.join();
    expect(one.isSure()).toBe(false);
    one.sync();
    expect([one.isSure(), one.isStranded()]).toEqual([true, false]);
  });

  it('stays sure while its heartbeats are answered', () => {
    const one = settled();
    for (let n = 0; n < 100; n++) {
      one.pass(500);
      one.heartbeat();
      expect(one.isSure()).toBe(true);
    }
    expect(one.silentMs()).toBe(0);
  });

  it('is not when its session ran out, to the millisecond, until a heartbeat is answered', () => {
    const one = settled();
    one.heartbeat(5);
    one.pass(SESSION_MS - 6);
    expect(one.isSure()).toBe(true);
    one.pass(1);
    expect(one.isSure()).toBe(false);
    expect(one.silentMs()).toBe(SESSION_MS - 5);
    one.heartbeat();
    expect(one.isSure()).toBe(true);
  });

  it('counts a heartbeat from when it was sent, however late its answer is heard', () => {
    const one = settled();
    one.heartbeat(SESSION_MS - 1);
    expect(one.isSure()).toBe(true);
    one.pass(1);
    expect(one.isSure()).toBe(false);
    // The process slept with the answer in its socket.
    one.heartbeat(60_000);
    expect([one.isSure(), one.silentMs()]).toEqual([false, 0]);
  });

  it('counts an assignment from when it was asked for, too', () => {
    const one = member();
    one.join();
    one.sync(SESSION_MS - 1);
    expect(one.isSure()).toBe(true);
    one.pass(1);
    expect(one.isSure()).toBe(false);
  });

  it('is not kept sure by answers that are errors', () => {
    const one = settled();
    one.pass(SESSION_MS - 10);
    one.refused();
    one.pass(10);
    expect(one.isSure()).toBe(false);
    expect(one.silentMs()).toBeGreaterThanOrEqual(SESSION_MS);
  });

  it('is not sure while it joins again, and is with the new assignment', () => {
    const one = settled();
    one.heartbeat();
    one.refused();
    one.join();
    expect(one.isSure()).toBe(false);
    one.sync();
    expect([one.isSure(), one.isStranded()]).toEqual([true, false]);
  });

  it('is not made sure by a heartbeat of the generation before, heard after it joined again', () => {
    const one = settled();
    one.join();
    one.heartbeat(50);
    expect(one.isSure()).toBe(false);
  });

  it('whose answer to SyncGroup is lost is not sure, whatever its heartbeats say, and is stranded after a session', () => {
    const one = settled();
    one.join();
    // No answer; kafkajs goes on in the new generation.
    for (let waitedMs = 0; waitedMs < SESSION_MS; waitedMs += 500) {
      one.pass(495);
      one.heartbeat();
      expect([one.isSure(), one.isStranded()]).toEqual([false, false]);
    }
    one.pass(1);
    one.heartbeat(0);
    expect([one.isSure(), one.isStranded(), one.silentMs()]).toEqual([false, true, 0]);
  });

  it('is not stranded when the assignment came after all, or in a generation after that', () => {
    const one = settled();
    one.join();
    one.pass(SESSION_MS);
    one.refused();
    one.join();
    one.sync();
    one.pass(SESSION_MS);
    one.heartbeat();
    expect([one.isSure(), one.isStranded()]).toEqual([true, false]);
  });

  it('waits for an assignment from the first generation that brought none', () => {
    const one = settled();
    one.join();
    one.pass(SESSION_MS - 100);
    one.join();
    one.pass(100);
    one.heartbeat();
    expect(one.isStranded()).toBe(true);
  });

  it('that is replaced begins with nothing, but has time until it is taken for silent', () => {
    expect(unheard(7)).toEqual({ sentMs: -Infinity, confirmedMs: -Infinity, awaitsSinceMs: null, signMs: 7 });
  });
});
