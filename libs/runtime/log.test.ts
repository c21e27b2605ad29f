import { describe, expect, it } from 'vitest';
import { RuntimeError } from './errors.ts';
import { createLog, type LogOptions } from './log.ts';
import { Secret } from './secret.ts';

/** A log and the lines that it wrote, parsed. */
function testLog(options: Partial<LogOptions> = {}) {
  const raw: string[] = [];
  const log = createLog({
    service: 'test',
    level: 'trace',
    destination: { write: (line) => void raw.push(line) },
    ...options,
  });
  return { log, raw, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLog', () => {
  it('writes one JSON line with time, level as a word, service and message', () => {
    const { log, lines } = testLog();
    log.child({ tenantId: 'acme' }).warn({ linkId: 'l1' }, 'looked at');
    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: 'test',
        tenantId: 'acme',
        linkId: 'l1',
        msg: 'looked at',
      },
    ]);
  });

  it('keeps to its level', () => {
    const { log, raw } = testLog({ level: 'error' });
    log.warn('not this');
    expect(raw).toEqual([]);
  });

  it('shows no secret, wherever it is put', () => {
    const { log, raw } = testLog();
    const tokens = { token: 'tok-hunter2', headers: { authorization: 'Bearer hunter2', 'x-api-key': 'hunter2' } };
    log.info(tokens, 'in an object');
    log.child({ apiKey: 'hunter2', deep: { password: 'hunter2' } }).info('in bindings');
    log.info({ a: { b: { c: [{ webhookSecret: 'hunter2' }] } }, s: new Secret('hunter2') }, 'deep');
    log.info('redis://me:hunter2@host and Bearer hunter2-A1 in the text');
    log.error(new Error('connect to https://me:hunter2@host/ failed'), 'in a message');
    const cause = Object.assign(new Error('below, api_key=hunter2'), {
      config: { headers: { authorization: 'hunter2' } },
    });
    log.error({ err: new RuntimeError('ABORTED', 'above', { cause }) }, 'in a cause');
    log.info({ request: { url: 'https://h/x?access_token=hunter2' } }, 'in a query');
    expect(raw).toHaveLength(7);
    for (const line of raw) {
      expect(line).not.toContain('hunter2');
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });

  it('shows an error with code, hint and causes, and none of the objects that hang on it', () => {
    const { log, lines } = testLog();
    const cause = Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED', request: { body: 'big' } });
    log.error(new RuntimeError('REDIS_UNAVAILABLE', 'gone', { hint: 'Start it.', cause }), 'failed');
    const [line] = lines();
    expect(line).toMatchObject({
      msg: 'failed',
      err: {
        type: 'RuntimeError',
        code: 'REDIS_UNAVAILABLE',
        retriable: true,
        message: 'gone',
        hint: 'Start it.',
        stack: expect.stringContaining('log.test.ts'),
        cause: { code: 'ECONNREFUSED', message: 'ECONNREFUSED' },
      },
    });
    expect(JSON.stringify(line)).not.toContain('big');
  });

  it('survives a circle of causes and a thrown non-error', () => {
    const { log, lines } = testLog();
    const error = new Error('circle');
    error.cause = error;
    log.error({ err: error }, 'a');
    log.error({ err: 'text' }, 'b');
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatchObject({ err: 'text' });
  });

  it('writes for people when asked to', () => {
    const { log, raw } = testLog({ pretty: true });
    log.info({ tenantId: 'acme', token: 'hunter2' }, 'hello');
    const text = raw.join('');
    expect(text).toMatch(/INFO: hello/);
    expect(text).not.toContain('hunter2');
  });
});
