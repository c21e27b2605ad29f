import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('createMetrics', () => {
  it('has a registry of its own, with the service and the process in it', async () => {
    const [one, two] = [createMetrics('one'), createMetrics('two')];
    one.counter({ name: 'twoway_reads_total', help: 'Reads.', labels: ['side'] }).inc({ side: 'crm' }, 3);
    one.gauge({ name: 'twoway_links_count', help: 'Links.', collect: (gauge) => gauge.set(7) });
    one.histogram({ name: 'twoway_write_seconds', help: 'Writes.' }).observe(0.3);
    const text = await one.registry.metrics();
    expect(text).toContain('twoway_reads_total{side="crm",service="one"} 3');
    expect(text).toContain('twoway_links_count{service="one"} 7');
    expect(text).toContain('twoway_write_seconds_bucket{le="0.5",service="one"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(await two.registry.metrics()).not.toContain('twoway_reads_total');
  });

  it('holds names to the rule', () => {
    const metrics = createMetrics('x');
    const help = 'x';
    expect(() => metrics.counter({ name: 'twoway_reads', help })).toThrow(/_total/);
    expect(() => metrics.gauge({ name: 'links', help })).toThrow(/twoway_/);
    expect(() => metrics.histogram({ name: 'twoway_write_ms', help })).toThrow(/seconds/);
  });
});
