/** `twoway` at a terminal: what people order and ask there, against the running chain. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Rows } from './rows/kit.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'services', 'cli', 'main.ts');
const TIMEOUT_MS = 60_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command against the chain; what `npx twoway` adds to it is tested where the command line is. */
export function runTwoway(rows: Rows, args: readonly string[], token = rows.chain.system.token): Promise<Ended> {
  return new Promise((resolve) => {
    // Without colours: where they are asked for or assumed (CI), names would be wrapped in them.
    const env = {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      TWOWAY_URL: rows.chain.system.urlOf('control-api'),
      TWOWAY_TOKEN: token,
    };
    execFile(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env, timeout: TIMEOUT_MS }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

/** Adds the tests of the commands. */
export function terminalRows(rows: Rows): void {
  const twoway = (args: readonly string[], token?: string): Promise<Ended> => runTwoway(rows, args, token);

  describe('twoway', () => {
    it('shows and changes settings', async () => {
      const { out } = await twoway(['tenants']);
      for (const tenant of rows.chain.tenants) expect(out).toContain(tenant);
      expect(await twoway(['settings', rows.tenant, 'overnightHour=4'])).toMatchObject({ code: 0, out: 'Done.\n' });
      const settings = await twoway(['settings', rows.tenant, '--json']);
      expect(JSON.parse(settings.out)).toMatchObject({ overnightHour: 4, changedBy: 'admin' });
      const preview = await twoway(['preview', rows.tenant, 'enabled=true', 'alignmentPolicies.company.phone=crm']);
      expect(preview).toMatchObject({ code: 0 });
      expect(preview.out).toMatch(/^\d+ records take part, \d+ of them differ\.\n/);
      const refused = await twoway(['settings', rows.tenant, 'overnightHour=25']);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('overnightHour');
      expect((await twoway(['settings', rows.tenant, 'nonsense'])).err).toContain('Write name=value');
    }, 120_000);

    it('says why a record is as it is', async () => {
      const { crm } = rows.freshPair();
      await rows.edit('crm', 'companies', crm.Id, { Website: 'no website', PhoneNumber: '+44 30 9' });
      await rows.record('company', `c:${crm.Id}`, 'the reason', ({ fields }) =>
        fields.some((one) => one.field === 'website' && one.state === 'stopped'),
      );
      const { out } = await twoway(['explain', rows.tenant, 'company', `c:${crm.Id}`]);
      expect(out).toMatch(/website {2}stopped: /);
      expect(out).toContain('+44 30 9');
      expect(out).not.toContain('{');
      expect((await twoway(['failing', rows.tenant])).out).toContain('stopped');
      await rows.edit('crm', 'companies', crm.Id, { Website: '' });
    }, 120_000);

    it('pauses and resumes a record', async () => {
      const { crm, unleashed } = rows.freshPair();
      const record = [rows.tenant, 'crm', 'company', crm.Id] as const;
      expect(await twoway(['pause', ...record])).toMatchObject({ code: 0 });
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 31 1' });
      await rows.record('company', `c:${crm.Id}`, 'the pause', ({ fields }) =>
        fields.some(({ field, crm: shown }) => field === 'phone' && shown === '+44 31 1'),
      );
      expect((await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id)).PhoneNumber).not.toBe(
        '+44 31 1',
      );
      expect(await twoway(['resume', ...record])).toMatchObject({ code: 0 });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 31 1' });
    }, 120_000);

    it('pauses a kind of record and says why', async () => {
      const paused = await twoway(['pause', rows.tenant, 'contact', '--reason', 'Stocktaking until noon']);
      expect(paused).toMatchObject({ code: 0 });
      const { out } = await twoway(['settings', rows.tenant]);
      expect(out).toMatch(/Writing is paused: contact since \S+\. admin paused it: “Stocktaking until noon”\./);
      expect(await twoway(['resume', rows.tenant, 'contact'])).toMatchObject({ code: 0 });
      expect((await twoway(['settings', rows.tenant])).out).not.toContain('Writing is paused');
    }, 60_000);

    it('plans what is done to many records, and applies it', async () => {
      const made = await twoway(['plan', rows.tenant, 'pause', '--entity', 'contact', '--json']);
      const { planId, toGive, state } = JSON.parse(made.out);
      expect([made.code, state]).toEqual([0, 'draft']);
      expect((await twoway(['plan', rows.tenant])).out).toContain(planId);
      expect((await twoway(['plan', rows.tenant, planId, '--items'])).out).toContain('planned');
      const applied = await twoway(['apply', rows.tenant, planId, '--leave-out', '0', '--json']);
      expect(applied).toMatchObject({ code: 0 });
      expect(JSON.parse(applied.out)).toMatchObject({ state: 'done', counts: { done: toGive - 1, 'left-out': 1 } });
      const resumed = JSON.parse((await twoway(['plan', rows.tenant, 'resume', '--entity', 'contact', '--json'])).out);
      expect((await twoway(['apply', rows.tenant, resumed.planId])).out).toContain('(done)');
      expect((await twoway(['apply', rows.tenant, resumed.planId])).err).toContain('nothing to approve');
    }, 120_000);

    it('is refused like everybody without a token, a tenant or a way there', async () => {
      expect((await twoway(['tenants'], 'not-a-token-of-anybody-0123456789')).err).toContain('not known');
      expect((await twoway(['settings', 'no-such-tenant'])).err).toContain('no-such-tenant');
      expect(await twoway(['restore', rows.tenant, 'no-such-conflict'])).toMatchObject({ code: 1 });
      expect((await twoway(['pause', rows.tenant, 'sideways'])).code).not.toBe(0);
    }, 120_000);
  });
}
