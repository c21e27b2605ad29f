/** The read model as the rest of the service sees it: it follows the topics, and is asked about one tenant at a time. */
import type { Lane, Setting } from '#contracts';
import { createFollower, type Follower, type FollowerOptions } from './follower.ts';
import type { Asked } from './question.ts';

/** What the read model is made of. */
export interface ReadModelOptions extends FollowerOptions {
  /** Present settings and lanes: what records are judged under. */
  readonly settings: { get(tenantId: string): Setting | undefined };
  readonly lanes: { of(tenantId: string): readonly Lane[] };
}

/** Why it cannot be asked yet. */
export class NotBuiltError extends Error {
  override readonly name = 'NotBuiltError';
}

/** Answers questions about records. */
export interface ReadModel {
  /** Begins to follow; errors are waited out. */
  start(): void;
  /** What questions about a tenant are asked with. Throws NotBuiltError while the file is being built. */
  ask(tenantId: string): Asked;
  /** Offset up to which a partition has been taken in; undefined while the file is being built. */
  position: Follower['position'];
  /** The file, for questions about all tenants; null while it is being built. */
  connection(): Asked['connection'] | null;
  stop(): Promise<void>;
}

/** Makes the read model; reads nothing before `start`. */
export function createReadModel(options: ReadModelOptions): ReadModel {
  const follower = createFollower(options);
  const built = () => {
    const { ready, share } = follower.status();
    const open = follower.reading();
    if (ready && open !== null) return open;
    throw new NotBuiltError(`the read model is being built: ${Math.floor(share * 100)} % of the topics have been read`);
  };
  return {
    start: () => follower.start(),
    ask(tenantId) {
      const { connection, generation } = built();
      const row = connection.get<{ no: number }>('SELECT no FROM tenants WHERE tenant_id = ?', tenantId);
      return {
        connection,
        generation,
        codec: options.codec,
        // A tenant that nothing was ever said about has no number: 0 is nobody's.
        tenant: { id: tenantId, no: row?.no ?? 0 },
        setting: options.settings.get(tenantId) ?? null,
        lanes: options.lanes.of(tenantId),
      };
    },
    position: (topic, partition) => follower.position(topic, partition),
    connection: () => (follower.status().ready ? (follower.reading()?.connection ?? null) : null),
    stop: () => follower.stop(),
  };
}
