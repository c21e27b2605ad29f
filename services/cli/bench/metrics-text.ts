/** Reads the text that a service answers at /metrics. */

/** The samples of a metric, summed by one label; without a label, all under ''. */
export function sumByLabel(text: string, name: string, label?: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (found === null || found[1] !== name) continue;
    const value = label === undefined ? '' : (new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(found[2] ?? '')?.[1] ?? '');
    sums.set(value, (sums.get(value) ?? 0) + Number(found[3]));
  }
  return sums;
}
