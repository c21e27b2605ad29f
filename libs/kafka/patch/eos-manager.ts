/**
 * Teaches kafkajs' manager of transactions the second protocol (KIP-890; see `transaction-requests.ts`). Its state machine,
 * its retries and its finding of coordinators stay; what it would ask of a coordinator is asked in the newer form, or not at
 * all, and who the producer is and how far its sequence numbers are is kept here, because each transaction begins a new
 * epoch. Which protocol is spoken is settled once, when the producer takes over its transactional id.
 */
import {
  type Call,
  endTxnCall,
  featuresCall,
  knowsSecondProtocol,
  type OffsetsOfTopic,
  type ProducedPartition,
  type Producer,
  produceCall,
  type SpokenVersions,
  speaksSecondProtocol,
  txnOffsetCommitCall,
} from './transaction-requests.ts';

/** What a produce request answers. */
interface ProduceAnswer {
  topics: { topicName: string; partitions: ProducedPartition[] }[];
}

/** What is used of kafkajs' connection to a broker. */
interface Broker {
  versions: SpokenVersions | null;
  connectionPool: { send<T>(call: Call<T>): Promise<T> };
  lookupRequest(
    apiKey: number,
    versions: unknown,
  ): (request: object) => { request: { encode(): Promise<{ buffer: Buffer }> } };
  disconnect(): Promise<void>;
  produce(request: object): Promise<ProduceAnswer>;
  initProducerId(request: object): Promise<{ producerId: unknown; producerEpoch: number }>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  addOffsetsToTxn(request: object): Promise<unknown>;
  txnOffsetCommit(request: { topics: OffsetsOfTopic[]; groupId: string }): Promise<unknown>;
  endTxn(request: { transactionResult: boolean }): Promise<unknown>;
}

/** What is used of kafkajs' cluster. */
interface Cluster {
  retry: unknown;
  refreshMetadataIfNecessary(): Promise<void>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(wanted: object): Promise<Broker>;
}

/** What kafkajs makes the manager of. */
interface Parts {
  cluster: Cluster;
  transactional: boolean;
  transactionalId?: string;
}

/** What is replaced of the manager. */
interface Manager {
  getProducerId(): unknown;
  getProducerEpoch(): number;
  getSequence(topic: string, partition: number): number;
  updateSequence(topic: string, partition: number, increment: number): void;
  /** Sends a produce request in the protocol that is spoken; kafkajs' own manager has not got it. */
  produce?(broker: Broker, request: object): Promise<ProduceAnswer>;
}

/** Parts of kafkajs that the newer requests are written with. */
export interface EosPorts {
  /** kafkajs' versions of the produce request. */
  produceVersions: unknown;
  /** kafkajs' error of an error code. */
  errorOf(code: number): Error;
  /** Told to the broker, for its statistics. */
  clientVersion: string;
}

/** Settings of a produce request that may be left out. */
interface ProduceSettings {
  acks?: number;
  timeout?: number;
  compression?: number;
}

const PRODUCE = 0;
/** kafkajs' own defaults. */
const ALL_IN_SYNC = -1;
const PRODUCE_TIMEOUT_MS = 30_000;

/** @param theirs kafkajs' own */
export function createEosManagerFactory(theirs: (parts: Parts) => Manager, ports: EosPorts) {
  const { errorOf } = ports;

  async function send<T>(broker: Broker, call: Call<T>): Promise<T> {
    try {
      return await broker.connectionPool.send(call);
    } catch (error) {
      // As kafkajs does it: a broker with a lost connection must not be taken for one that is connected.
      if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect();
      throw error;
    }
  }

  async function isSpokenBy(broker: Broker): Promise<boolean> {
    const versions = broker.versions ?? {};
    if (!knowsSecondProtocol(versions)) return false;
    return speaksSecondProtocol(versions, await send(broker, featuresCall(ports.clientVersion, errorOf)));
  }

  return (parts: Parts): Manager => {
    const { cluster, transactional, transactionalId = '' } = parts;
    if (!transactional) return theirs(parts);
    /** Who the producer is; null while the first protocol is spoken. */
    let owner: Producer | null = null;
    /** `topic/partition` → records sent there in this epoch. */
    const sequences = new Map<string, number>();

    const become = (next: Producer): void => {
      owner = next;
      sequences.clear();
    };

    /** A coordinator as kafkajs' manager talks to it. */
    const coordinator = (broker: Broker) => ({
      async initProducerId(request: object) {
        const isSecond = await isSpokenBy(broker);
        const answer = await broker.initProducerId(request);
        owner = null;
        if (isSecond) become({ producerId: BigInt(String(answer.producerId)), producerEpoch: answer.producerEpoch });
        return answer;
      },
      async addPartitionsToTxn(request: object) {
        if (owner === null) await broker.addPartitionsToTxn(request);
      },
      async addOffsetsToTxn(request: object) {
        if (owner === null) await broker.addOffsetsToTxn(request);
      },
      async txnOffsetCommit(request: { topics: OffsetsOfTopic[]; groupId: string }) {
        if (owner === null) await broker.txnOffsetCommit(request);
        else await send(broker, txnOffsetCommitCall({ ...request, ...owner, transactionalId }, errorOf));
      },
      async endTxn(request: { transactionResult: boolean }) {
        if (owner === null) return void (await broker.endTxn(request));
        const commit = request.transactionResult;
        become(await send(broker, endTxnCall({ ...owner, transactionalId, commit }, errorOf)));
      },
    });

    const manager = theirs({
      ...parts,
      cluster: {
        retry: cluster.retry,
        refreshMetadataIfNecessary: () => cluster.refreshMetadataIfNecessary(),
        findControllerBroker: () => cluster.findControllerBroker(),
        findGroupCoordinator: async (wanted) => coordinator(await cluster.findGroupCoordinator(wanted)) as Broker,
      },
    });
    const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;
    return {
      ...manager,
      getProducerId: () => (owner === null ? manager.getProducerId() : String(owner.producerId)),
      getProducerEpoch: () => owner?.producerEpoch ?? manager.getProducerEpoch(),
      getSequence: (topic, partition) =>
        owner === null ? manager.getSequence(topic, partition) : (sequences.get(placeOf(topic, partition)) ?? 0),
      updateSequence(topic, partition, increment) {
        if (owner === null) return manager.updateSequence(topic, partition, increment);
        const place = placeOf(topic, partition);
        sequences.set(place, (sequences.get(place) ?? 0) + increment);
      },
      async produce(broker, request) {
        if (owner === null) return await broker.produce(request);
        const { acks = ALL_IN_SYNC, timeout = PRODUCE_TIMEOUT_MS, compression = 0 } = request as ProduceSettings;
        const complete = { ...request, acks, timeout, compression };
        const { encode } = broker.lookupRequest(PRODUCE, ports.produceVersions)(complete).request;
        return await send(broker, produceCall(encode, errorOf));
      },
    };
  };
}
