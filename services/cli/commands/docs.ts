import { Command } from 'commander';
import { writePages } from '../docs/pages.ts';

/** `docs`: writes the pages of docs/ that follow from the code. */
export function docsCommand(): Command {
  return new Command('docs')
    .description('write the pages of docs/ that follow from the code')
    .option('--json', 'print the result as JSON')
    .action(({ json }: { json?: boolean }) => {
      const pages = writePages();
      process.stdout.write(`${json === true ? JSON.stringify(pages) : pages.join('\n')}\n`);
    });
}
