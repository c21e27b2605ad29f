import CliTable from 'cli-table3';
import pc from 'picocolors';

/** Rows for people, without lines; colours only where they are shown as such. */
export function plainTable(rows: readonly (readonly (string | number)[])[], head: readonly string[] = []): string {
  const table = new CliTable({
    head: head.map((title, index) => pc.dim(index === 0 ? `  ${title}` : title)),
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map((cell, index) => (index === 0 ? `  ${cell}` : `${cell}`)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
