import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignTasks,
  commonPartitionCount,
  createCopartitionAssigner,
  type MemberClaim,
} from '../copartition-assigner.ts';
import { KafkaError } from '../errors.ts';
import { AssignerProtocol } from '../kafkajs.ts';

const member = fc.record({
  tasks: fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { maxLength: 16 }),
  generation: fc.integer({ min: -1, max: 5 }),
});
const membersOf = (claims: { tasks: number[]; generation: number }[]): MemberClaim[] =>
  claims.map((claim, index) => ({ memberId: `m${index}`, topics: ['a'], ...claim }));

describe('assignTasks', () => {
  it('gives every task to exactly one member, evenly, whatever is claimed', () => {
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 16 }),
        (claims, count) => {
          const result = assignTasks(membersOf(claims), count);
          const all = [...result.values()].flat().sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: count }, (_, task) => task));
          const sizes = [...result.values()].map((tasks) => tasks.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order of the members', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), (claims) => {
        const members = membersOf(claims);
        expect(assignTasks([...members].reverse(), 8)).toEqual(assignTasks(members, 8));
      }),
    );
  });

  it('moves as few as balance needs when a member comes or goes', () => {
    const two = assignTasks(
      membersOf([
        { tasks: [0, 1, 2, 3, 4, 5, 6, 7], generation: 3 },
        { tasks: [], generation: -1 },
      ]),
      8,
    );
    expect(two.get('m0')).toEqual([0, 1, 2, 3]);
    const claims = [...two.values()].map((tasks) => ({ tasks, generation: 4 }));
    const three = assignTasks(membersOf([...claims, { tasks: [], generation: -1 }]), 8);
    const kept = [0, 1].flatMap((index) =>
      (three.get(`m${index}`) ?? []).filter((task) => claims[index]?.tasks.includes(task)),
    );
    expect(kept).toHaveLength(6);
  });

  it('believes the younger of two that claim the same task', () => {
    const result = assignTasks(
      membersOf([
        { tasks: [0, 1], generation: 3 },
        { tasks: [0, 1], generation: 7 },
        { tasks: [], generation: -1 },
      ]),
      4,
    );
    expect(result.get('m1')).toEqual([0, 1]);
  });
});

describe('K13: topics that the leader does not know', () => {
  it('assigns the union of what all members subscribe to, to those who subscribe to it', async () => {
    const asked: string[] = [];
    const cluster = {
      addMultipleTargetTopics: async (topics: string[]) => void asked.push(...topics),
      findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
    };
    const assigner = createCopartitionAssigner(
      () => ({ tasks: [], generation: -1 }),
      () => undefined,
    )({
      cluster: cluster as never,
      groupId: 'g',
      logger: undefined as never,
    });
    const memberOf = (memberId: string, topics: string[]) => ({
      memberId,
      memberMetadata: assigner.protocol({ topics }).metadata,
    });
    // An old leader, started before `new` was an input, and a member of the new version.
    const answer = await assigner.assign({
      members: [memberOf('old', ['a']), memberOf('young', ['a', 'new'])],
      topics: ['a'],
    });
    const assigned = Object.fromEntries(
      answer.map((one) => [one.memberId, AssignerProtocol.MemberAssignment.decode(one.memberAssignment)?.assignment]),
    );
    expect(asked.sort()).toEqual(['a', 'new']);
    expect(assigned).toEqual({ old: { a: [0] }, young: { a: [1], new: [1] } });
  });

  it('refuses topics with different numbers of partitions, and says which', () => {
    const count = () =>
      commonPartitionCount(
        new Map([
          ['a', 8],
          ['b', 4],
        ]),
      );
    expect(count).toThrow(KafkaError);
    expect(count).toThrow(/a has 8, b has 4/);
  });
});
