/** Reads a tenant from Redis into the core's state. */
import { type Codec, CodecError, type Lane, type Link, type Setting, settingKey } from '#contracts';
import type { Log } from '#runtime';
import { type ChangelogEnds, type StateEntry, StateError, type StateView } from '#state';
import { createTenantState, type TenantState } from '#sync-core';

/** What loading needs. */
export interface LoaderOptions {
  view: StateView;
  codec: Codec;
  log: Log;
  /**
   * Told of each entry that cannot be read. True: the log has nothing better, it is left out. False: only the view may be
   * damaged, it is to be built anew from the log.
   */
  isHopeless: (key: string) => boolean;
}

/**
 * Loads a tenant as of exactly `ends`. For an entry that cannot be decoded the view is cleared, so that the task builds it
 * anew from the log; when that did not help it is said and left out: its record is then met as new. Throws StateError when
 * the view cannot be trusted, and a retriable CodecError while the registry is away.
 */
export async function loadTenant(
  { view, codec, log, isHopeless }: LoaderOptions,
  task: number,
  tenantId: string,
  ends: ChangelogEnds,
  signal: AbortSignal,
): Promise<TenantState> {
  const entries = await view.loadTenant(task, tenantId, ends, signal);
  const links: Link[] = [];
  const lanes: Lane[] = [];
  let setting: Setting | null = null;
  const lanePrefix = `${tenantId}/lane/`;

  async function read({ key, value }: StateEntry): Promise<void> {
    if (value === null) return;
    if (key === settingKey(tenantId)) {
      setting = codec.decodeKnown('sync.setting.v1', value) ?? (await codec.decode('sync.setting.v1', value));
    } else if (key.startsWith(lanePrefix)) {
      lanes.push(codec.decodeKnown('sync.lane.v1', value) ?? (await codec.decode('sync.lane.v1', value)));
    } else {
      links.push(codec.decodeKnown('sync.link.v1', value) ?? (await codec.decode('sync.link.v1', value)));
    }
  }

  // In order of key: what is decided must not depend on the order in which Redis gives the entries.
  for (const entry of entries.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    try {
      await read(entry);
    } catch (error) {
      if (!(error instanceof CodecError) || error.retriable) throw error;
      if (!isHopeless(entry.key)) {
        await view.clear(task, signal);
        throw new StateError(
          'INCOMPLETE',
          `task ${task}: ${entry.key} cannot be read; the log may have it whole`,
          error,
        );
      }
      log.error({ task, tenantId, key: entry.key, code: error.code }, 'a stored entry cannot be read and is left out');
    }
  }
  return createTenantState(tenantId, { links, setting, lanes });
}
