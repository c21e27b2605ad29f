import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceSpec, SupervisorEvent } from './options.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

/** A service as small as one can be: answers /ready, ends with its parent, and dies as its environment says. */
const SERVICE = `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';
process.stdin.resume().on('end', () => process.exit(0));
if (process.env.KEEP !== undefined) {
  // What outlives a collection makes the young generation grow.
  for (let round = 0, kept = []; round < 400; round++) kept = [...kept.slice(-40), Array.from({ length: 10_000 }, (_, at) => ({ at }))];
}
if (process.env.DIE_WHILE !== undefined && existsSync(process.env.DIE_WHILE)) {
  process.stdout.write(JSON.stringify({ level: 50, msg: 'the sky fell', err: { message: 'blue' } }) + '\\n');
  process.exit(Number(process.env.DIE_WITH ?? 7));
}
const young = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size;
createServer((request, response) => response.end(request.url === '/young' ? String(young()) : 'ok')).listen(Number(process.env.PORT), '127.0.0.1');
`;

let folder: string;
let events: SupervisorEvent[];
let supervisor: Supervisor | undefined;
let helper: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  writeFileSync(join(folder, 'service.ts'), SERVICE);
  events = [];
});

afterEach(async () => {
  helper?.kill('SIGKILL');
  helper = undefined;
  await supervisor?.stop();
  supervisor = undefined;
  rmSync(folder, { recursive: true });
});

async function spec(name: string, env: Record<string, string> = {}): Promise<ServiceSpec> {
  return { name, entry: join(folder, 'service.ts'), port: await getPort(), heapMb: 64, env };
}

function create(options: { deathsMax?: number; onGiveUp?: (error: Error) => void } = {}): Supervisor {
  supervisor = createSupervisor({ logDir: join(folder, 'logs'), onEvent: (event) => events.push(event), ...options });
  return supervisor;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('supervisor', () => {
  it('keeps the young generation of a heap small beside the old one', async () => {
    const under = create();
    const busy = { ...(await spec('busy', { KEEP: '1' })), heapMb: 160 };
    await under.start([busy]);
    const young = Number(await (await fetch(`http://127.0.0.1:${busy.port}/young`)).text());
    expect(young).toBeGreaterThan(2 ** 20);
    expect(young).toBeLessThanOrEqual(40 * 2 ** 20);
  });

  it('starts services, each in a process of its own, and ends them', async () => {
    const under = create();
    await under.start([await spec('a'), await spec('b')]);
    const pids = under.services().map((service) => service.pid);
    expect(new Set(pids).size).toBe(2);
    expect(pids.every(isAlive)).toBe(true);
    expect(under.services()[0]!.rssBytes).toBeGreaterThan(1_000_000);
    await under.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(events.filter((event) => event.kind === 'died')).toEqual([]);
  });

  it('starts a service again that was killed by somebody else, and tells so', async () => {
    const under = create();
    await under.start([await spec('a')]);
    const before = under.services()[0]!.pid;
    process.kill(before, 'SIGKILL');
    await until(() => events.some((event) => event.kind === 'died'));
    await under.waitReady('a');
    expect(under.services()[0]!.pid).not.toBe(before);
    expect(events.find((event) => event.kind === 'died')).toMatchObject({
      service: 'a',
      message: 'a was ended by SIGKILL and is started again in 250 ms.',
      restartInMs: 250,
    });
  });

  it('leaves a service down that it was told to kill, until it is told to restart it', async () => {
    const under = create();
    await under.start([await spec('a')]);
    await under.kill('a', 'SIGKILL');
    expect(under.services()[0]!.pid).toBe(0);
    await under.restart('a');
    expect(isAlive(under.services()[0]!.pid)).toBe(true);
    expect(events.some((event) => event.kind === 'died')).toBe(false);
  });

  it('gives up on a service that dies at once again and again, with its last words', async () => {
    const marker = join(folder, 'die');
    const errors: Error[] = [];
    const under = create({ deathsMax: 3, onGiveUp: (error) => errors.push(error) });
    writeFileSync(marker, '');
    await expect(under.start([await spec('a', { DIE_WHILE: marker })])).rejects.toMatchObject({
      code: 'SERVICE_DIED',
      logTail: ['error: the sky fell (blue)', 'error: the sky fell (blue)', 'error: the sky fell (blue)'],
    });
    await until(() => errors.length > 0);
    expect(events.filter((event) => event.kind === 'died')).toHaveLength(3);
    expect(errors[0]?.message).toContain('3 times in a row');
  });

  it('gives up at once on a service whose configuration is wrong', async () => {
    const marker = join(folder, 'die');
    writeFileSync(marker, '');
    await expect(create().start([await spec('a', { DIE_WHILE: marker, DIE_WITH: '78' })])).rejects.toMatchObject({
      code: 'SERVICE_DIED',
    });
    await until(() => events.some((event) => event.kind === 'died'));
    expect(events.find((event) => event.kind === 'died')).toMatchObject({
      message: 'a ended with code 78 and is left down.',
      restartInMs: null,
    });
  });

  it('goes on with a service that dies at its first start and not at the next', async () => {
    const marker = join(folder, 'die');
    writeFileSync(marker, '');
    const under = createSupervisor({
      logDir: join(folder, 'logs'),
      onEvent: (event) => {
        if (event.kind === 'died') rmSync(marker);
      },
    });
    supervisor = under;
    await under.start([await spec('a', { DIE_WHILE: marker })]);
    expect(isAlive(under.services()[0]!.pid)).toBe(true);
  });

  it('names the port that is taken and whom it was meant for', async () => {
    const one = await spec('a');
    const other = createServer().listen(one.port, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    await expect(create().start([one])).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `Port ${one.port}, meant for a, is in use.`,
    });
    other.close();
  });

  it('takes its services along when it is killed itself', async () => {
    const one = await spec('a');
    const script = join(folder, 'parent.ts');
    writeFileSync(
      script,
      `import { createSupervisor } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
       const supervisor = createSupervisor({ logDir: ${JSON.stringify(join(folder, 'logs'))} });
       await supervisor.start([${JSON.stringify(one)}]);
       process.stdout.write(String(supervisor.services()[0].pid));`,
    );
    helper = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => helper!.stdout!.once('data', (data) => resolve(Number(data))));
    expect(isAlive(pid)).toBe(true);
    helper.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});
