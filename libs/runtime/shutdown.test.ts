import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from './shutdown.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Starts the toy service. */
function start(how: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [new URL('./shutdown.testing.ts', import.meta.url).pathname, how], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  return {
    child,
    messages: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => String((JSON.parse(line) as { msg: string }).msg)),
    text: () => text,
    async says(message: string) {
      await expect.poll(() => text, { timeout: 20_000 }).toContain(`"msg":"${message}`);
    },
    async exit(): Promise<unknown> {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      expect(errors).toBe('');
      return child.exitCode ?? child.signalCode;
    },
  };
}

describe('runService', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes in order on %s and exits well', async (signal) => {
    const service = start('live');
    await service.says('running');
    service.child.kill(signal);
    expect(await service.exit()).toBe(EXIT.ok);
    expect(service.messages()).toEqual([
      'starting',
      'running',
      'stopping',
      'told to stop',
      'closing second',
      'closed second',
      'closed first',
      'stopped',
    ]);
  });

  it('leaves behind what does not close in time', async () => {
    const service = start('hang');
    await service.says('running');
    service.child.kill('SIGTERM');
    expect(await service.exit()).toBe(EXIT.closedLate);
    expect(service.messages().at(-1)).toBe('could not close everything in time');
  });

  it('goes at once on a second signal', async () => {
    const service = start('hang');
    await service.says('running');
    service.child.kill('SIGTERM');
    await service.says('closing second');
    service.child.kill('SIGTERM');
    expect(await service.exit()).toBe(EXIT.forced);
  });

  it('closes the rest when a closer fails, and says so with its exit code', async () => {
    const service = start('close-fails');
    await service.says('running');
    service.child.kill('SIGTERM');
    expect(await service.exit()).toBe(EXIT.failed);
    expect(service.messages()).toContain('closing second failed');
    expect(service.messages()).toContain('closed first');
  });

  it.each([
    ['config', EXIT.config, 'One setting is wrong'],
    ['throw', EXIT.failed, 'failed'],
    ['fail', EXIT.failed, 'failed'],
  ])('closes and exits when it has to give up: %s', async (how, code, message) => {
    const service = start(how);
    expect(await service.exit()).toBe(code);
    expect(service.text()).toContain(message);
    expect(service.messages()).toContain('closed first');
  });

  it.each(['reject', 'uncaught'])('goes at once, closing nothing, on what nobody expected: %s', async (how) => {
    const service = start(how);
    expect(await service.exit()).toBe(EXIT.failed);
    expect(service.text()).toMatch(/"level":"fatal".*nobody (listens|catches)/);
    expect(service.messages()).not.toContain('closed first');
  });

  it('can be stopped while it starts', async () => {
    const service = start('slow-start');
    await service.says('starting slowly');
    service.child.kill('SIGTERM');
    expect(await service.exit()).toBe(EXIT.ok);
    expect(service.messages()).toContain('closed first');
  });

  it('ends with its supervisor when told to watch it, and lives on when not', async () => {
    const watching = start('live', { TWOWAY_PARENT_PIPE: '1' });
    const free = start('live');
    await watching.says('running');
    await free.says('running');
    watching.child.stdin.end();
    free.child.stdin.end();
    expect(await watching.exit()).toBe(EXIT.ok);
    expect(free.child.exitCode).toBeNull();
  });

  it('survives the loss of whoever reads its output', async () => {
    const service = start('live', { TWOWAY_PARENT_PIPE: '1' });
    await service.says('running');
    service.child.stdout.destroy();
    service.child.stdin.end();
    expect(await service.exit()).toBe(EXIT.ok);
  });

  it('takes its level from LOG_LEVEL', async () => {
    const service = start('throw', { LOG_LEVEL: 'fatal' });
    await service.exit();
    expect(service.messages()).toEqual(['failed']);
  });
});
