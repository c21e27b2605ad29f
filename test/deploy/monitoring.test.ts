/** The dashboard and the alert rules name metrics that the services have, with labels that they have. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const MONITORING = join(ROOT, 'docs', 'monitoring');

/** Metrics as they are registered, with their labels: `name: '…'` and the `labels: […]` beside it. */
function registered(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of globSync('{libs,services}/**/*.ts', { cwd: ROOT, exclude: (name) => name === 'node_modules' })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [definition, name = ''] of text.matchAll(/name: ['`](twoway_[a-z_${}]+)['`],.*?(?=name: |$)/gs)) {
      const labels = [...(/labels: \[([^\]]*)\]/.exec(definition)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
        ([, one]) => one!,
      );
      for (const side of ['crm', 'unleashed']) found.set(name.replace(/\$\{\w+\}/, side), new Set(labels));
    }
  }
  return found;
}

const metrics = registered();

/** What an expression names: metrics, and labels in braces and after by. */
function namedIn(expr: string): { names: string[]; labels: string[] } {
  const names = [...expr.matchAll(/twoway_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
  const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',').map((one) => one.trim()));
  const filters = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label]) => label!);
  return { names, labels: [...by, ...filters].filter((label) => label !== 'le') };
}

interface Dashboard {
  panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[];
}
const dashboard = JSON.parse(readFileSync(join(MONITORING, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
const rules = parse(readFileSync(join(MONITORING, 'prometheus-rules.yaml'), 'utf8')) as Rules;
const panels = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));
const alerts = rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const));

test('there is something to look at', () => {
  expect(metrics.size).toBeGreaterThan(30);
  expect(panels.length).toBeGreaterThan(10);
  expect(alerts.length).toBeGreaterThan(5);
});

test.each([...panels, ...alerts])('%s', (_title, expr) => {
  const { names, labels } = namedIn(expr);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect([name, metrics.has(name)]).toEqual([name, true]);
  for (const label of labels) {
    expect([label, names.some((name) => metrics.get(name)?.has(label))]).toEqual([label, true]);
  }
  // Every bracket that is opened is closed.
  for (const [open, close] of ['()', '{}', '[]'].map((pair) => [...pair] as [string, string])) {
    expect(expr.split(open).length).toBe(expr.split(close).length);
  }
});

test('every alert says what it is about', () => {
  for (const { annotations } of rules.groups.flatMap((group) => group.rules)) {
    expect(annotations.summary.length).toBeGreaterThan(10);
    expect(annotations.description.length).toBeGreaterThan(10);
  }
});
