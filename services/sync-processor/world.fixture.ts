/** Two systems in a few lines: people edit them, and a sink carries out what the processor orders. */
import { linkKey, type Outcome, type TopicRecords } from '#contracts';
import { KafkaError, type Position } from '#kafka';
import { type Bench, until } from './bench.fixture.ts';

const FIELDS = ['name', 'phone', 'website'] as const;
type Values = Record<(typeof FIELDS)[number], string>;

/** Two systems that hold companies, people who edit them, and a sink that carries out what is ordered. */
export function createWorld(bench: Bench) {
  const records = new Map<string, { tenantId: string; crm: Values; unleashed: Values }>();
  const idOf = (tenantId: string, n: number) => `${tenantId}-${n}`;
  const guidOf = (id: string) =>
    `00000000-0000-4000-8000-${Buffer.from(id).toString('hex').slice(-12).padStart(12, '0')}`;
  const stopping = new AbortController();
  let observed = 0;
  const commands: string[] = [];
  let held = false;
  let idle = false;

  async function publishCrm(id: string): Promise<void> {
    const known = records.get(id);
    if (known === undefined) return;
    const { tenantId, crm } = known;
    observed += 1;
    await bench.produce(
      'crm.company.v1',
      {
        tenantId,
        divisionId: id,
        companyId: id,
        operatingCompanyCode: 'A',
        statusFlag: 'A',
        deleted: false,
        mergedWith: null,
        isB2C: false,
        ...crm,
        accountManager: '',
        addressId: null,
        address: null,
        account: {
          salesLedgerId: `L${id}`,
          accountsId: guidOf(id),
          customerCode: id,
          closed: false,
          duplicate: false,
          isB2C: false,
          defaultDivisionId: id,
        },
        sourceUpdatedAtMs: Date.now(),
        sourceUpdatedBy: null,
        readStartedAtMs: Date.now(),
        readCause: 'event',
      },
      `${tenantId}/company/${id}`,
    );
  }

  async function publishUnleashed(id: string): Promise<void> {
    const known = records.get(id);
    if (known === undefined) return;
    const { tenantId, unleashed } = known;
    observed += 1;
    await bench.produce(
      'unleashed.customer.v1',
      {
        tenantId,
        guid: guidOf(id),
        customerCode: id,
        obsolete: false,
        deleted: false,
        ...unleashed,
        address: null,
        addressChoice: 'none',
        salesPersonGuid: '',
        salesPersonEmail: '',
        salesPersonName: '',
        sourceUpdatedAtMs: Date.now(),
        sourceUpdatedBy: null,
        readStartedAtMs: Date.now(),
        readCause: 'poll',
      },
      `${tenantId}/customer/${guidOf(id)}`,
    );
  }

  /** Carries out one command as a sink does: compare, write, report. */
  async function carryOut(command: TopicRecords['sync.command.crm.v1']): Promise<void> {
    commands.push(command.commandId);
    const side = command.side === 'crm' ? 'crm' : 'unleashed';
    const id = [...records.keys()].find((one) => command.targetId === (side === 'crm' ? one : guidOf(one)));
    const target = id === undefined ? undefined : records.get(id)?.[side];
    const startedAtMs = Date.now();
    const fields = command.fields.map(({ field, value, expected }) => {
      const before = target?.[field as keyof Values] ?? '';
      const result = before === value ? 'already' : before === expected ? 'written' : 'changed';
      if (result === 'written' && target !== undefined) target[field as keyof Values] = value;
      return { field, result, code: 'ok', before, sent: result === 'written' ? value : '' };
    });
    const outcome: Outcome = {
      ...{
        commandId: command.commandId,
        tenantId: command.tenantId,
        side,
        entity: command.entity,
        linkId: command.linkId,
      },
      ...{ result: 'applied', code: 'ok', message: '', scope: 'record', retryAtMs: null, created: false, calls: 3 },
      targetId: command.targetId,
      parentId: '',
      fields,
      shown:
        target === undefined
          ? null
          : [
              ...FIELDS.map((field) => ({ field, value: target[field] })),
              { field: 'address', value: '' },
              { field: 'accountManager', value: '' },
            ],
      shownReadStartedAtMs: Date.now(),
      sourceUpdatedAtMs: Date.now(),
      carried: [],
      mayComeLate: false,
      startedAtMs,
      finishedAtMs: Date.now(),
    };
    await bench.produce('sync.outcome.v1', outcome, linkKey(command.tenantId, command.entity, command.linkId));
  }

  /** The next records; a topic just made has no leader for a moment, and partitions may have been added. */
  async function fetchOn(positions: Position[]) {
    try {
      return await bench.reader.fetch(positions, 100);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [];
    }
  }

  /** Follows both command topics, as a read_committed reader, until the world ends. */
  async function runSinks(): Promise<void> {
    const topics = ['sync.command.crm.v1', 'sync.command.unleashed.v1'] as const;
    const positions: Position[] = [];
    while (!stopping.signal.aborted) {
      idle = held;
      if (held) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      for (let partition = positions.length / topics.length; partition < bench.partitions(); partition++) {
        positions.push(...topics.map((topic) => ({ topic: bench.prefix + topic, partition, offset: 0n })));
      }
      for (const slice of await fetchOn(positions)) {
        const position = positions.find((one) => one.topic === slice.topic && one.partition === slice.partition);
        if (position !== undefined) position.offset = slice.nextOffset;
        for (const { value } of slice.records) {
          if (value !== null) await carryOut(await bench.codec.decode('sync.command.crm.v1', value));
        }
      }
    }
  }
  const sinks = runSinks();
  sinks.catch(() => {});

  return {
    records,
    idOf,
    guidOf,
    commands: () => commands,
    observed: () => observed,

    /** Configures a tenant with so many companies that are the same on both sides, and publishes them. */
    async addTenant(tenantId: string, companies: number): Promise<void> {
      await bench.produce(
        'sync.tenant.v1',
        {
          tenantId,
          name: tenantId,
          timeZone: 'UTC',
          prospectBaseUrl: 'http://crm.invalid',
          unleashedBaseUrl: 'http://unleashed.invalid',
          monthlyCalls: 1_000,
          pollSeconds: 300,
          advancedLedgers: false,
          prospectRecordUrl: '',
          unleashedRecordUrl: '',
          initialSettings: { enabled: 'true' },
          configuredAtMs: Date.now(),
          managedBy: 'file',
        },
        `${tenantId}/tenant`,
      );
      for (let n = 1; n <= companies; n++) {
        const id = idOf(tenantId, n);
        const values = { name: `Company ${id}`, phone: '1', website: `${id}.example` };
        records.set(id, { tenantId, crm: { ...values }, unleashed: { ...values } });
        await publishCrm(id);
        await publishUnleashed(id);
      }
    },

    /** A person edits a field; the connector publishes what is there then. */
    async edit(id: string, side: 'crm' | 'unleashed', change: Partial<Values>): Promise<void> {
      const record = records.get(id);
      if (record === undefined) throw new Error(`no record ${id}`);
      Object.assign(record[side], change);
      await (side === 'crm' ? publishCrm(id) : publishUnleashed(id));
    },

    publishCrm,
    publishUnleashed,

    /** Records whose sides differ. */
    differing: () => [...records].filter(([, { crm, unleashed }]) => FIELDS.some((f) => crm[f] !== unleashed[f])),

    /** The sinks are stopped: nothing is carried out and nothing written any more. */
    async stopSinks(): Promise<void> {
      held = true;
      await until('the sinks have stopped', () => idle);
    },

    /** They go on where they were. */
    startSinks(): void {
      held = false;
    },

    async end(): Promise<void> {
      stopping.abort();
      await sinks.catch(() => {});
    },
  };
}
