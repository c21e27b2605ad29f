import { Command } from 'commander';
import { writePages } from '../docs/pages.ts';

/** `docs`: writes the pages of docs/ that follow from the code. */
export function docsCommand(): Command {
  return new Command('docs').description('write the pages of docs/ that follow from the code').action(() => {
    process.stdout.write(`${writePages().join('\n')}\n`);
  });
}
