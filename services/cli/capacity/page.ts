/** The table in docs/capacity.md: the rest of the page is written by hand. */
import { table } from '../docs/markdown.ts';
import { needOf } from './compute.ts';
import { DEFAULT_DEMAND, SIZES } from './defaults.ts';
import { FIGURES } from './figures.ts';
import { COLUMNS, rowOf } from './show.ts';

const BEGIN = '<!-- Written by `npm run docs`, from services/cli/capacity. -->';
const END = '<!-- Until here. -->';

/** The page with the table as it has to be. Throws when the page has no place for it. */
export function capacityPage(page: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/capacity.md has lost "${BEGIN}" or "${END}"`);
  const rows = SIZES.map((tenants) => {
    const demand = { ...DEFAULT_DEMAND, tenants };
    return rowOf(demand, needOf(demand, FIGURES));
  });
  return `${page.slice(0, from)}${BEGIN}\n\n${table(COLUMNS, rows)}\n${page.slice(to)}`;
}
