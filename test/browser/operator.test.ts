/** The operator's page: calls as they happen, faults, switches. */
import { expect, it } from 'vitest';
import { shows, TENANT, useDesk } from './kit.ts';

const desk = useDesk();

it('calls appear as they happen, with what they changed', async () => {
  const page = await desk.open('/pages/operator');
  await shows(page.locator('call-log'), 'No calls yet');
  await desk.patchCrm('/Divisions(1001)', { PhoneNumber: '<i>7</i>' });
  await shows(page.locator('.calls li').first(), 'PATCH /Divisions(1001)');
  await shows(page.locator('.calls li .change').first(), /PhoneNumber: .* → <i>7<\/i>/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await desk.patchCrm('/Divisions(1002)', { PhoneNumber: '8' });
  await page.getByLabel('System').selectOption('unleashed');
  await shows(page.locator('call-log'), 'No calls yet');
  await page.getByLabel('System').selectOption('crm');
  await shows(page.locator('.calls'), '/Divisions(1002)');
});

it('faults are ordered, listed and removed, per tenant and side', async () => {
  const page = await desk.open('/pages/operator?view=faults');
  await shows(page.locator('fault-desk'), 'both APIs work as they should');
  await page.locator('select[name="tenant"]').selectOption('tenant-002');
  await page.getByLabel('System').selectOption('unleashed');
  await page.getByLabel('What happens').selectOption('latency');
  await page.getByLabel('Delay, ms').fill('250');
  await page.getByLabel('Chance, %').fill('50');
  await page.getByRole('button', { name: 'Order' }).click();
  await shows(page.locator('.faults li'), 'tenant-002; 50 % of calls');
  const faults = await desk.control('GET', 'tenants/*/faults');
  expect(faults).toMatchObject([
    { tenant: 'tenant-002', side: 'unleashed', kind: 'latency', delayMs: 250, probability: 0.5 },
  ]);
  await page.getByRole('button', { name: /^Remove: Slow answers/ }).click();
  await shows(page.locator('fault-desk'), 'both APIs work as they should');
  expect(await desk.control('GET', 'tenants/*/faults')).toEqual([]);
});

it('an order that is refused says why', async () => {
  desk.expectComplaint(/400/);
  const page = await desk.open('/pages/operator?view=faults');
  await page.getByLabel('Chance, %').fill('900');
  await page.getByRole('button', { name: 'Order' }).click();
  await shows(page.locator('fault-desk [role="status"]'), /probability/);
});

it('switches are set for a tenant and set back', async () => {
  const page = await desk.open(`/pages/operator?view=switches&tenant=${TENANT}`);
  await page.getByLabel('keyGetShape').selectOption('object');
  await shows(page.locator('switch-list [role="status"]'), `keyGetShape is object for ${TENANT}.`);
  expect(await desk.control('GET', `tenants/${TENANT}/switches`)).toMatchObject({ crm: { keyGetShape: 'object' } });
  expect(await desk.control('GET', 'tenants/tenant-002/switches')).toMatchObject({ crm: { keyGetShape: 'array' } });
  await page.getByRole('button', { name: 'Back to default' }).click();
  await expect
    .poll(async () => (await desk.control('GET', `tenants/${TENANT}/switches`)) as unknown)
    .toMatchObject({ crm: { keyGetShape: 'array' } });
});
