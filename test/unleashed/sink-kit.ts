/** unleashed-sink as a process against the simulated Unleashed, on the real Kafka, registry and Redis: what its tests share. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Command } from '#contracts';
import { guidOf, type JsonRecord, parseOutbound, textOf } from '#runtime';
import { createUnleashedClient, type UnleashedClient } from '#unleashed';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { createOrders, fields, type Row, TENANT } from '../support/orders.ts';

/** A sink and its tenants. */
export type UnleashedSink = ReturnType<typeof useUnleashedSink>;

/** Starts them before the tests of a file, and ends them after. Faults are gone after each test. */
export function useUnleashedSink() {
  let kit: Kit;
  let sink: Service;
  let client: UnleashedClient;
  let customers: JsonRecord[];
  let orders: ReturnType<typeof createOrders>;

  function clientOf(tenant: string): UnleashedClient {
    const baseUrl = `${kit.sandboxUrl}/unleashed`;
    return createUnleashedClient({
      baseUrl,
      outbound: parseOutbound('127.0.0.1'),
      apiId: `sandbox-${tenant}-id`,
      apiKey: `sandbox-${tenant}-key`,
    });
  }

  async function listCustomers(api: UnleashedClient): Promise<JsonRecord[]> {
    const parameters = [['includeAllContacts', 'true']] as const;
    return (await api.list({ resource: 'Customers', pageNumber: 1, parameters })).items;
  }

  beforeAll(async () => {
    kit = await startKit('unl-sink', { tenants: 2, companies: 60 });
    sink = await kit.start('unleashed-sink');
    orders = createOrders(kit, 'unleashed');
    client = clientOf(TENANT);
    customers = (await listCustomers(client)).filter((customer) => customer.PhoneNumber !== null);
  });
  afterEach(async () => {
    await kit.control('DELETE', `/tenants/${TENANT}/faults`);
  });
  afterAll(async () => {
    await client?.close();
    await kit?.stop();
  });

  return {
    ...{ clientOf, listCustomers },
    kit: () => kit,
    sink: () => sink,
    client: () => client,
    async restart(): Promise<void> {
      sink = await kit.start('unleashed-sink');
    },
    /** Sets switches of the tenant's simulated Unleashed. */
    switches: (unleashed: object) => kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed }),
    /** A customer that no other test has. */
    nextCustomer(): JsonRecord {
      const customer = customers.pop();
      if (customer === undefined) throw new Error('no customer left');
      return customer;
    },
    /** One that has contacts. Others may have it, too. */
    customerWithContacts(): JsonRecord {
      const found = customers.find(({ Contacts }) => Array.isArray(Contacts) && Contacts.length > 0);
      if (found === undefined) throw new Error('no customer with contacts');
      return found;
    },
    read: async (customer: JsonRecord): Promise<JsonRecord> =>
      (await client.getCustomer(guidOf(customer, 'Guid'))).record,
    contactsOf: async (customerGuid: string): Promise<JsonRecord[]> =>
      (await client.list({ resource: `Customers/${customerGuid}/Contacts`, pageNumber: 1, parameters: [] })).items,
    order: (changes: Partial<Command>) => orders.order(changes),
    outcomeOf: (command: Command) => orders.outcomeOf(command),
    carryOut: (changes: Partial<Command>) => orders.carryOut(changes),
    phoneOf: (customer: JsonRecord, value: string) => ({
      targetId: guidOf(customer, 'Guid'),
      fields: fields(['phone', textOf(customer, 'PhoneNumber'), value]),
    }),
    fault: (kind: string, more: Row = {}, tenantId = TENANT) => orders.fault({ kind, tenantId, ...more }),
  };
}
