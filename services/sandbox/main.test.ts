import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { crmHeaders, rawRequest } from './http/test-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the process and waits until it says where it answers. */
async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      SANDBOX_DATA_DIR: folder,
      SANDBOX_TENANTS: '1',
      SANDBOX_COMPANIES: '5',
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'sandbox ready' && url !== undefined) {
      child.stdout.resume();
      return { child, url };
    }
  }
  throw new Error('the sandbox ended before it was ready');
}

async function name(url: string, id: number): Promise<unknown> {
  const { text } = await rawRequest(url, `/crm/Divisions(${id})?$select=Name`, { headers: crmHeaders });
  return (JSON.parse(text) as { value: { Name: string }[] }).value[0]?.Name;
}

describe('the sandbox as a process', () => {
  it('keeps every answered write over a kill -9, and all else over a clean stop', async () => {
    const first = await start();
    for (let edit = 0; edit < 20; edit++) {
      const body = JSON.stringify({ Name: `Edit ${edit}` });
      const { status } = await rawRequest(first.url, '/crm/Divisions(1001)', {
        method: 'PATCH',
        headers: crmHeaders,
        body,
      });
      expect(status).toBe(204);
    }
    const group = JSON.stringify({ Name: 'New', TypeId: 'CUS' });
    const made = await rawRequest(first.url, '/crm/Companies', { method: 'POST', headers: crmHeaders, body: group });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await start();
    expect(await name(second.url, 1001)).toBe('Edit 19');
    const { CompanyId } = JSON.parse(made.text) as { CompanyId: number };
    const next = await rawRequest(second.url, '/crm/Companies', { method: 'POST', headers: crmHeaders, body: group });
    expect((JSON.parse(next.text) as { CompanyId: number }).CompanyId).toBe(CompanyId + 1);
    const json = { 'content-type': 'application/json' };
    const switches = JSON.stringify({ crm: { keyGetShape: 'object' } });
    await rawRequest(second.url, '/control/tenants/tenant-001/switches', {
      method: 'PATCH',
      headers: json,
      body: switches,
    });
    const order = JSON.stringify({ side: 'unleashed', kind: 'outage' });
    await rawRequest(second.url, '/control/tenants/tenant-001/faults', { method: 'POST', headers: json, body: order });
    second.child.kill('SIGTERM');
    const [code] = (await once(second.child, 'exit')) as [number];
    expect(code).toBe(0);

    const third = await start();
    const bare = await rawRequest(third.url, '/crm/Divisions(1001)', { headers: crmHeaders });
    expect(JSON.parse(bare.text)).toMatchObject({ DivisionId: 1001, Name: 'Edit 19' });
    const faults = await rawRequest(third.url, '/control/tenants/tenant-001/faults');
    expect(JSON.parse(faults.text)).toEqual([expect.objectContaining({ kind: 'outage' })]);
    expect((await rawRequest(third.url, '/health/ready')).status).toBe(200);
    const list = await rawRequest(third.url, '/crm/Contacts?$select=ContactId', { headers: crmHeaders });
    const ids = (JSON.parse(list.text) as { value: { ContactId: number }[] }).value.map(({ ContactId }) => ContactId);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });
});
