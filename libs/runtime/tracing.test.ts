import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '#test/support/otlp-collector.ts';
import { until } from '#test/support/until.ts';
import { ConfigError } from './config.ts';
import { TwoWayError } from './errors.ts';
import { createLog } from './log.ts';
import { inSpan, startTracing, traced, traceHeaders } from './tracing.ts';

let collector: Collector;
let stop: () => Promise<void> = async () => undefined;
const lines: string[] = [];
const log = createLog({ service: 'test', destination: { write: (line) => void lines.push(line) } });

beforeEach(async () => {
  collector = await startCollector();
  lines.length = 0;
});
afterEach(async () => {
  await stop();
  stop = async () => undefined;
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  await collector.close();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  // The exporter reads the process' own.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '10', ...env };
  stop = await startTracing('tester', settings, log);
}

const spansNamed = (...names: string[]) =>
  until(() => {
    const found = names.map((name) => collector.spans().find((span) => span.name === name)!);
    return found.every((span) => span !== undefined) ? found : false;
  });

describe('without an endpoint', () => {
  it.each([{}, { OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }])(
    'nothing is traced, and work is done as ever: %j',
    async (more) => {
      const endpoint = Object.keys(more).length === 0 ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      stop = await startTracing('tester', { ...endpoint, ...more }, log);
      const record = { topic: 'a', value: null };
      expect(inSpan('work', { from: {} }, () => [traced(record), traceHeaders()])).toEqual([record, undefined]);
      expect(traced(record)).toBe(record);
      expect(collector.requests()).toBe(0);
    },
  );

  it('settings that make no sense are said', async () => {
    await expect(startTracing('tester', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, log)).rejects.toThrow(
      ConfigError,
    );
    await expect(startTracing('tester', { OTEL_TRACES_SAMPLER: 'sometimes' }, log)).rejects.toThrow(/always_on/);
  });
});

describe('with an endpoint', () => {
  it('a record carries the context from where it is written to where it is read', async () => {
    await start();
    const record = await inSpan('write', { kind: 'producer', from: {} }, async () => {
      await Promise.resolve();
      return traced({ key: 'k' });
    });
    expect(record.headers?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const read = { ...record.headers, tracestate: 'vendor=1' };
    inSpan('read', { kind: 'consumer', from: read, facts: { 'twoway.code': 'ok' } }, (span) => {
      expect(traceHeaders()?.tracestate).toBe('vendor=1');
      inSpan('inner', { kind: 'client' }, () => span.add({ 'twoway.calls': 2 }));
    });
    inSpan('other', { from: {} }, () => undefined);
    const [write, reading, inner, other] = await spansNamed('write', 'read', 'inner', 'other');
    expect(reading).toMatchObject({ service: 'tester', traceId: write?.traceId, parentSpanId: write?.spanId });
    expect(reading?.facts).toEqual({ 'twoway.code': 'ok', 'twoway.calls': '2' });
    expect(inner).toMatchObject({ traceId: write?.traceId, parentSpanId: reading?.spanId });
    expect([write?.parentSpanId, other?.parentSpanId]).toEqual(['', '']);
    expect(other?.traceId).not.toBe(write?.traceId);
  });

  it('an error fails its span by its code; what it says stays here', async () => {
    await start();
    const secret = new TwoWayError('NOT_TODAY', 'Mrs. Miller is away', { retriable: false });
    await expect(inSpan('later', { from: {} }, () => Promise.reject(secret))).rejects.toBe(secret);
    const now = () =>
      inSpan('now', { from: {} }, () => {
        throw secret;
      });
    expect(now).toThrow(secret);
    const spans = await spansNamed('later', 'now');
    expect(spans.map(({ failure, facts }) => [failure, facts['error.type']])).toEqual([
      ['NOT_TODAY', 'NOT_TODAY'],
      ['NOT_TODAY', 'NOT_TODAY'],
    ]);
    expect(collector.received()).not.toContain('Miller');
  });

  it('a share of the traces is kept whole', async () => {
    await start({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    inSpan('dropped', { from: {} }, () => undefined);
    const from = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    inSpan('kept', { from }, () => undefined);
    const [kept] = await spansNamed('kept');
    expect(kept?.traceId).toBe('a'.repeat(32));
    expect(collector.spans().map(({ name }) => name)).toEqual(['kept']);
  });

  it('a collector that refuses is told of once, stops nothing, and is told of again when it takes them', async () => {
    await start();
    const said = (text: string) => lines.filter((line) => line.includes(text)).length;
    collector.answerWith(400);
    for (const expected of [1, 2, 3]) {
      expect(inSpan('lost', { from: {} }, () => 'done')).toBe('done');
      await until(() => collector.requests() >= expected);
    }
    collector.answerWith(200);
    await until(() => {
      inSpan('back', { from: {} }, () => undefined);
      return collector.spans().length > 0;
    });
    await until(() => said('sent again') === 1);
    expect(said('cannot be sent')).toBe(1);
  });
});
