/** Small pieces of Markdown. */

/** A title and a paragraph under it, given by lines. */
export function heading(title: string, ...lines: string[]): string {
  return [`# ${title}`, '', ...lines, ''].join('\n');
}

/** A table; bars inside cells are escaped. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}
