import { Command, InvalidArgumentError } from 'commander';
import { findCluster } from '../cluster.ts';
import { grow } from '../grow.ts';

/** `grow`: more partitions for all topics, while every service is stopped. */
export function growCommand(): Command {
  return new Command('grow')
    .description('give all topics more partitions and move what belongs elsewhere then; stop every service first')
    .requiredOption('--partitions <n>', 'partitions of every topic afterwards, for example twice as many', count)
    .option('--json', 'print the result as JSON')
    .action(async ({ partitions, json }: { partitions: number; json?: boolean }) => {
      const { kafka, topicPrefix } = findCluster('grow');
      const onProgress = (message: string): void => void process.stderr.write(`${message}\n`);
      const result = await grow({ kafka, topicPrefix, partitions, onProgress });
      if (json === true) return void process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      const { from, to, entriesMoved, unreadMoved } = result;
      process.stdout.write(
        `${from} → ${to} partitions; ${entriesMoved} entries and ${unreadMoved} unread records moved.\n` +
          `Set TOPIC_PARTITIONS=${to} on every service before it is started.\n`,
      );
    });
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1_024) return number;
  throw new InvalidArgumentError('A whole number from 1 to 1024.');
}
