/**
 * Shares out *tasks*: partition number n of every topic of the group goes to one member, together. Round robin, which
 * kafkajs has, would give `orders-3` to one member and `customers-3` to another, and what belongs together would meet
 * nowhere.
 *
 * - The topics are the union of what all members subscribe to, read from their metadata. kafkajs calls an assigner with
 *   the leader's topics only, so that in a rolling upgrade that adds a topic an old leader would leave it unread (K13).
 *   A member gets, of each of its tasks, the topics that it subscribes to itself.
 * - All topics must have the same number of partitions; otherwise it refuses, because a record would be processed
 *   without its neighbours.
 * - Balanced: the numbers of tasks of two members differ by at most one.
 * - Sticky: a member keeps what it had as far as balance allows. kafkajs does not tell the assigner who had what, so
 *   each member writes its tasks, and the generation in which it got them, into its metadata. Of two that claim the same
 *   task the one with the younger generation is believed. A wrong claim costs a restore, nothing else.
 */
import type { GroupMember, PartitionAssigner } from 'kafkajs';
import { KafkaError } from './errors.ts';
import { AssignerProtocol } from './kafkajs.ts';
import type { InternalCluster } from './kafkajs-internals.ts';

/** Name that all members of a group must share; the number changes when the rules do. */
export const COPARTITION_PROTOCOL = 'copartition-1';

/** What a member says of itself. */
export interface MemberClaim {
  memberId: string;
  /** Topics it subscribes to. */
  topics: string[];
  /** Tasks (partition numbers) it had. */
  tasks: number[];
  /** Group generation in which it had them; -1 for never. */
  generation: number;
}

/** Where a member's own claim comes from: the last assignment it was given. */
export interface PreviousAssignment {
  tasks: number[];
  generation: number;
}

/**
 * Decides which member gets which tasks. Pure: same input, same output, whatever the order of the members.
 * @param taskCount number of partitions that every topic has
 * @returns member id → tasks, ascending
 */
export function assignTasks(members: MemberClaim[], taskCount: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const result = new Map<string, number[]>(sorted.map((one) => [one.memberId, []]));
  if (sorted.length === 0) return result;

  const least = Math.floor(taskCount / sorted.length);
  let larger = taskCount % sorted.length; // So many members may have one more.

  // Claims, the youngest first; a claim holds if the task is free and the member has room.
  const free = new Set(Array.from({ length: taskCount }, (_, task) => task));
  const byAge = [...sorted].sort((a, b) => b.generation - a.generation);
  for (const { memberId, tasks } of byAge) {
    const mine = result.get(memberId) ?? [];
    for (const task of [...tasks].sort((a, b) => a - b)) {
      if (!free.has(task) || mine.length > least || (mine.length === least && larger === 0)) continue;
      if (mine.length === least) larger -= 1;
      mine.push(task);
      free.delete(task);
    }
  }

  // The rest, one by one, to whoever has least.
  for (const task of free) {
    let target = sorted[0]?.memberId ?? '';
    for (const { memberId } of sorted) {
      if ((result.get(memberId)?.length ?? 0) < (result.get(target)?.length ?? 0)) target = memberId;
    }
    result.get(target)?.push(task);
  }
  for (const tasks of result.values()) tasks.sort((a, b) => a - b);
  return result;
}

/**
 * Number of partitions that all these topics have.
 * @param counts topic → number of partitions
 * @throws KafkaError `partition-counts-differ`, `topic-missing`
 */
export function commonPartitionCount(counts: Map<string, number>): number {
  const missing = [...counts].filter(([, count]) => count === 0).map(([topic]) => topic);
  if (missing.length > 0) throw new KafkaError('topic-missing', `topics do not exist: ${missing.join(', ')}`);
  const different = new Set(counts.values());
  if (different.size > 1) {
    const listed = [...counts].map(([topic, count]) => `${topic} has ${count}`).join(', ');
    throw new KafkaError(
      'partition-counts-differ',
      `topics that are read together must have as many partitions: ${listed}`,
    );
  }
  return [...different][0] ?? 0;
}

function decodeMember(member: GroupMember): MemberClaim {
  const metadata = AssignerProtocol.MemberMetadata.decode(member.memberMetadata);
  const claim = { memberId: member.memberId, topics: metadata?.topics ?? [], tasks: [], generation: -1 };
  if (!metadata || metadata.userData.length === 0) return claim;
  try {
    const { tasks, generation } = JSON.parse(metadata.userData.toString()) as Partial<PreviousAssignment>;
    if (!Array.isArray(tasks) || typeof generation !== 'number') return claim;
    return { ...claim, tasks: tasks.filter((one) => Number.isInteger(one)), generation };
  } catch {
    return claim; // Another version's words. Stickiness is a convenience; balance needs nothing of it.
  }
}

/**
 * The assigner in kafkajs' form.
 * @param previous read each time the group is joined
 * @param onRefused told when the assignment is refused, since kafkajs only logs and tries again
 */
export function createCopartitionAssigner(
  previous: () => PreviousAssignment,
  onRefused: (error: KafkaError) => void,
): PartitionAssigner {
  return ({ cluster: publicCluster }) => {
    const cluster = publicCluster as unknown as InternalCluster;
    return {
      name: COPARTITION_PROTOCOL,
      version: 1,
      protocol: ({ topics }) => ({
        name: COPARTITION_PROTOCOL,
        metadata: AssignerProtocol.MemberMetadata.encode({
          version: 1,
          topics,
          userData: Buffer.from(JSON.stringify(previous())),
        }),
      }),
      assign: async ({ members, topics }) => {
        const claims = members.map(decodeMember);
        const union = [...new Set([...topics, ...claims.flatMap((one) => one.topics)])];
        try {
          await cluster.addMultipleTargetTopics(union);
          const counts = union.map((topic): [string, number] => [
            topic,
            cluster.findTopicPartitionMetadata(topic).length,
          ]);
          const tasks = assignTasks(claims, commonPartitionCount(new Map(counts)));
          return claims.map(({ memberId, topics: subscribed }) => ({
            memberId,
            memberAssignment: AssignerProtocol.MemberAssignment.encode({
              version: 1,
              assignment: Object.fromEntries(subscribed.map((topic) => [topic, tasks.get(memberId) ?? []])),
              userData: Buffer.alloc(0),
            }),
          }));
        } catch (error) {
          if (error instanceof KafkaError) onRefused(error);
          throw error;
        }
      },
    };
  };
}
