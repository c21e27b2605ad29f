/**
 * Sorts the messages of a send by partition. Stands in for kafkajs' `groupMessagesPerPartition`, which copies the array
 * of a partition for every message: 1,000 records cost half a million copies.
 *
 * @returns partition number → messages, in the order given
 */
export function groupMessagesPerPartition<M>(input: {
  topic: string;
  partitionMetadata: unknown[];
  messages: M[];
  partitioner: (args: { topic: string; partitionMetadata: unknown[]; message: M }) => number;
}): Record<number, M[]> {
  const { topic, partitionMetadata, messages, partitioner } = input;
  const grouped: Record<number, M[]> = {};
  if (partitionMetadata.length === 0) return grouped;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const group = grouped[partition];
    if (group === undefined) grouped[partition] = [message];
    else group.push(message);
  }
  return grouped;
}
