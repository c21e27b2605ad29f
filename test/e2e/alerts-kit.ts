/** Questions about alerts on a whole system: what was told to whom, and what the API, the metrics and the log say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { until } from '#test/support/until.ts';
import type { Delivery, Notice, WebhookReceiver } from '#test/support/webhook-receiver.ts';
import type { HealthView } from '../../services/control-api/health.ts';
import type { Rows } from './rows/kit.ts';

/** Incidents come by at the watch's next look, and are over after a while without a reason. */
const PATIENCE_MS = 90_000;

/** A tenant as the tenants file has it. */
export interface ConfiguredTenant {
  readonly id: string;
  readonly unleashed: { monthlyCalls: number; pollSeconds: number };
  alerts?: object;
}

/** What a receiver is told to do with a notice: taken from the document for operators as it stands there. */
export type Check = (headers: object, body: Buffer, secret: string, nowMs?: number) => boolean;
export async function documentedCheck(): Promise<Check> {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n(.*?isOurs.*?)```/s.exec(text) ?? [];
  const source = `${code}\nexport { isOurs };`;
  return ((await import(`data:text/javascript,${encodeURIComponent(source)}`)) as { isOurs: Check }).isOurs;
}

/** Waits as long as alerts may take. */
export const wait = <T>(what: string, condition: () => Promise<T | false> | T | false) =>
  until(condition, { timeoutMs: PATIENCE_MS, what });

/** Questions about alerts of tenants. */
export type Alerts = ReturnType<typeof alertsOf>;

/** Questions about a system whose notices go to this receiver. */
export function alertsOf(rows: Rows, receiver: WebhookReceiver) {
  const healthOf = async (tenantId: string): Promise<HealthView> =>
    (await rows.chain.control('GET', `/v1/tenants/${tenantId}/health`)).body as HealthView;

  /** Notices about a rule of a tenant in a state, in all that came. */
  function noticesOf(tenantId: string, rule: string, state: Notice['state']): { delivery: Delivery; notice: Notice }[] {
    return receiver.deliveries
      .filter((delivery) => delivery.tenantId === tenantId)
      .flatMap((delivery) => delivery.notices.map((notice) => ({ delivery, notice })))
      .filter(({ notice }) => notice.rule === rule && notice.state === state);
  }

  return {
    healthOf,
    noticesOf,
    /** Waits for a notice that was taken. */
    told: (tenantId: string, rule: string, state: Notice['state']) =>
      wait(
        `${tenantId}: ${rule} ${state}`,
        () => noticesOf(tenantId, rule, state).find(({ delivery }) => delivery.status === 204) ?? false,
      ),
    /** How often a receiver was told that Unleashed refuses the credentials of a tenant. */
    triesOf: (tenantId: string): Delivery[] =>
      noticesOf(tenantId, 'credentials', 'firing').flatMap(({ delivery, notice }) =>
        notice.subject === 'unleashed' ? [delivery] : [],
      ),
    /** Waits for an incident in the API. */
    incident: (tenantId: string, rule: string, wanted: Partial<HealthView['incidents'][number]>) =>
      wait(`${tenantId}: the incident ${rule} ${JSON.stringify(wanted)}`, async () => {
        const { incidents } = await healthOf(tenantId);
        const found = incidents.find((one) => one.rule === rule);
        const isIt = Object.entries(wanted).every(([name, value]) => found?.[name as keyof typeof found] === value);
        return found !== undefined && isIt ? found : false;
      }),
    /** Whether the metrics say that a rule applies. */
    async firing(tenantId: string, rule: string, subject: string): Promise<boolean> {
      const metrics = await (await fetch(`${rows.chain.system.urlOf('control-api')}/metrics`)).text();
      const start = `twoway_alert_firing{tenant="${tenantId}",rule="${rule}",subject="${subject}"`;
      return metrics.split('\n').some((line) => line.startsWith(start));
    },
    /** Lines of the log of control-api about a rule of a tenant. */
    logged(tenantId: string, rule: string): { msg: string; subject: string }[] {
      const text = readFileSync(join(rows.chain.system.home.logDir, 'control-api.log'), 'utf8');
      return text.split('\n').flatMap((line) => {
        if (!line.includes(`"rule":"${rule}"`)) return [];
        const found = JSON.parse(line.slice(line.indexOf('{'))) as { msg: string; subject: string; tenantId: string };
        return found.tenantId === tenantId ? [found] : [];
      });
    },
    /** Changes a tenant in the tenants file as an operator does. */
    configure(tenantId: string, change: (tenant: ConfiguredTenant) => void): void {
      const file = rows.chain.system.tenantsFile;
      const content = parse(readFileSync(file, 'utf8')) as { tenants: ConfiguredTenant[] };
      change(content.tenants.find(({ id }) => id === tenantId)!);
      writeFileSync(file, stringify(content));
    },
    async put(tenantId: string, settings: object): Promise<void> {
      const answer = await rows.chain.control('PUT', `/v1/tenants/${tenantId}/settings`, settings);
      expect(answer).toMatchObject({ status: 200 });
    },
    /** Why nothing is written to a side of a tenant; ok, or undefined, when it is. */
    async laneOf(tenantId: string, side: string): Promise<string | undefined> {
      const { body } = await rows.chain.control('GET', `/v1/tenants/${tenantId}`);
      return (body as { lanes: { side: string; code: string }[] }).lanes.find((lane) => lane.side === side)?.code;
    },
    /** Waits until Unleashed was asked for changes so many times. */
    polled: (tenantId: string, since: number, times: number) =>
      wait('polls', async () => {
        const { items } = await rows.sandbox.calls(since, { tenant: tenantId, side: 'unleashed' });
        return items.filter(({ userAgent }) => userAgent.includes('unleashed-connector')).length >= times;
      }),
    /** Fails a side of a tenant from now on, or only what is written to it. */
    fault: (tenantId: string, order: object): Promise<void> => rows.sandbox.addFault(tenantId, order),
  };
}
