/** What is read when a change event names a record. */
import {
  type CrmChange,
  companiesAt,
  companiesOf,
  parseLedgerKey,
  readCompany,
  readContact,
  readUser,
} from '#prospect-crm';
import { takeIn } from './intake.ts';
import type { CapturePorts, RecordKind } from './ports.ts';

/**
 * What became of it: published, nothing to publish (an address of a contact), a record that is not to be found, or nothing read
 * because the events were those of our own writes.
 */
export type ReadResult = 'published' | 'nothing' | 'absent' | 'own';

/**
 * Reads what an event is about and publishes it, changed or not: an event is worth a snapshot. An address and an account have
 * no topic of their own; the companies that show them are read. Rejects with what reading and publishing reject with.
 *
 * @param events events of the row since it was last read; 0 when it is read again for another reason
 */
export async function readChange(ports: CapturePorts, change: CrmChange, events: number): Promise<ReadResult> {
  const { api, ownEvents } = ports;
  const { entity, id } = change;
  if (await ownEvents.areOurs(change, events)) return 'own';
  const options = { purpose: 'live' };
  switch (entity) {
    case 'Division':
      return takeOne(ports, 'company', await readCompany(api, id, options));
    case 'Contact':
      return takeOne(ports, 'contact', await readContact(api, id, options));
    case 'User':
      return takeOne(ports, 'user', await readUser(api, id, options));
    case 'Address':
      return takeCompanies(ports, await companiesAt(api, [id], options));
    case 'SalesLedger':
      return takeCompanies(ports, await companiesOf(api, [parseLedgerKey(id)], options));
  }
}

async function takeOne(
  ports: CapturePorts,
  kind: RecordKind,
  read: Awaited<ReturnType<typeof readCompany>>,
): Promise<ReadResult> {
  if (read === null) return 'absent';
  await takeIn(ports, kind, [read], 'event', false);
  return 'published';
}

async function takeCompanies(
  ports: CapturePorts,
  companies: Awaited<ReturnType<typeof companiesAt>>,
): Promise<ReadResult> {
  if (companies.length === 0) return 'nothing';
  await takeIn(ports, 'company', companies, 'event', false);
  return 'published';
}
