import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ApiRequest,
  addFault,
  applyHeld,
  cloneWorkspace,
  createWorkspace,
  defaultSwitches,
  dueAttempts,
  type FaultKind,
  type FaultOrder,
  faultKinds,
  type Json,
  nextDueMs,
  planCall,
  runCall,
  setHookUrl,
  settleAttempt,
  setWebhookUrl,
  type Workspace,
  type WorkspaceOptions,
  writeAsPerson,
} from './index.ts';
import { createDice, pick, roll, rollInt } from './random.ts';
import { startMs, testWorkspace } from './test-kit.ts';
import { sign } from './unleashed/signature.ts';

const phones = ['1', '2', '3', ''];

/** A story of `steps` random calls, edits, faults and deliveries; everything that came out, as text. */
function story(workspace: Workspace, seed: string, steps: number): string {
  const dice = createDice(seed);
  const told: unknown[] = [];
  let nowMs = startMs;
  setHookUrl(workspace, 'http://capture/');
  setWebhookUrl(workspace, 'http://connector/');
  const guids = [...workspace.unleashed.customers.keys()];
  for (let step = 0; step < steps; step++) {
    nowMs += rollInt(dice, 5000);
    const chance = roll(dice);
    if (chance < 0.2) {
      const order: FaultOrder = {
        side: pick(dice, ['crm', 'unleashed']),
        kind: pick<FaultKind>(dice, faultKinds),
        probability: 0.5,
        remaining: 2,
      };
      addFault(workspace, order, nowMs);
    } else if (chance < 0.5) {
      const id = String(1001 + rollInt(dice, 5));
      const fields = { PhoneNumber: pick(dice, phones) };
      const write = { side: 'crm', collection: 'companies', action: 'update', id, fields, person: 'ABC' } as const;
      told.push(writeAsPerson(workspace, write, nowMs));
    } else {
      const side = pick(dice, ['crm', 'unleashed'] as const);
      const request = side === 'crm' ? crmRequest(dice) : erpRequest(pick(dice, guids), pick(dice, phones));
      told.push(runCall(workspace, side, request, planCall(workspace, side, request, nowMs), nowMs));
    }
    for (const attempt of dueAttempts(workspace, nowMs, 100)) {
      told.push(attempt);
      settleAttempt(workspace, attempt.id, roll(dice) < 0.8, nowMs);
    }
    told.push(applyHeld(workspace, nowMs), nextDueMs(workspace));
  }
  return JSON.stringify(told);
}

function crmRequest(dice: ReturnType<typeof createDice>): ApiRequest {
  const path = `/Divisions(${1001 + rollInt(dice, 5)})`;
  const base = { path, rawQuery: '', baseUrl: '', headers: { authorization: 'Bearer sandbox-test-token' } };
  const body: Json = { PhoneNumber: pick(dice, phones) };
  return roll(dice) < 0.5
    ? { ...base, method: 'GET', body: '' }
    : { ...base, method: 'PATCH', body: JSON.stringify(body) };
}

function erpRequest(guid: string, phone: string): ApiRequest {
  const headers = { 'api-auth-id': 'sandbox-test-id', 'api-auth-signature': sign('sandbox-test-key', '') };
  const body = JSON.stringify({ CustomerCode: guid.slice(0, 8), CustomerName: 'X', PhoneNumber: phone });
  return { method: 'POST', path: `/Customers/${guid}`, rawQuery: '', headers, body, baseUrl: '' };
}

describe('the models are pure', () => {
  it('the same seed tells the same story, another seed another', () => {
    expect(story(testWorkspace(), 'a', 400)).toBe(story(testWorkspace(), 'a', 400));
    expect(story(testWorkspace(), 'a', 50)).not.toBe(story(testWorkspace(), 'b', 50));
  });

  it('a copy shares nothing that changes', () => {
    const original = testWorkspace();
    const before = JSON.stringify([...original.crm.tables.Divisions, ...original.unleashed.customers]);
    const copy = cloneWorkspace(original, 'x');
    story(copy, 'a', 200);
    expect(JSON.stringify([...original.crm.tables.Divisions, ...original.unleashed.customers])).toBe(before);
    expect([original.faults.length, original.outbox.size, original.crm.callTimes.length]).toEqual([0, 0, 0]);
  });

  it('no file of them reads a clock, chance, timers or anything outside', () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    expect(sources.length).toBeGreaterThan(30);
    for (const file of sources) {
      const source = readFileSync(join(import.meta.dirname, file), 'utf8');
      const impure =
        /Date\.now|new Date\(\)|Math\.random|randomUUID|performance\.|setTimeout|setInterval|process\.|fetch\(/.exec(
          source,
        );
      const imports = [...source.matchAll(/from '((?:node:|#)[^']+)'/g)].map((match) => match[1]);
      expect([file, impure?.[0], imports.filter((name) => name !== 'node:crypto')]).toEqual([file, undefined, []]);
    }
  });

  it('an empty workspace starts with the defaults', () => {
    const options: WorkspaceOptions = {
      id: 'empty',
      name: 'Empty',
      timeZone: 'UTC',
      seed: 's',
      currency: 'NZD',
      monthlyCalls: 10,
      pollSeconds: 5,
    };
    const workspace = createWorkspace(options);
    expect(workspace.switches).toEqual(defaultSwitches());
    expect(workspace.crm.tables.Divisions.size).toBe(0);
  });
});
