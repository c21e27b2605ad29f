/**
 * What changed of each tenant, and since when: for pages that want to ask again just then.
 *
 * Not a queue. Per tenant and kind of thing the number of its last change is kept, so whoever knows up to which number they
 * have heard hears of everything since, however long they were away, and no reader holds anything up.
 */

/** What a reader who had heard everything up to some number has to hear. */
export interface News {
  /** Number up to which it goes. */
  readonly upTo: number;
  /**
   * Kinds of things that changed, by their topic: link (records), decision, conflict, request, setting, lane, tenant and
   * others. Empty when nothing did; null when everything may have.
   */
  readonly kinds: readonly string[] | null;
  /** Keys of the records that changed, `entity/id`; null when they are too many to name. */
  readonly records: readonly string[] | null;
}

/** Keeps it. */
export interface Changes {
  /** Tells this process's numbers from those of another one, or of an earlier life. */
  readonly life: string;
  /** Something changed. `record`: `entity/id`, where it is about one. */
  note(tenantId: string, kind: string, record?: string): void;
  /** Everything may have changed: what is shown is built anew. */
  noteAll(): void;
  /** What changed after a number; null: a reader who has heard nothing yet, and only wants to know where it stands. */
  since(tenantId: string, heard: number | null): News;
  /** Calls back after each change of a tenant; gives the way to end that. */
  listen(tenantId: string, onChange: () => void): () => void;
}

/** Records of a tenant that are named at most; of more it is only said that there were some. */
const RECORDS_MAX = 100;

/** The kind of thing that a topic is about: `link` for sync.link.v1. */
export function kindOf(topic: string): string {
  return topic.replace(/^sync\.|\.v\d+$/g, '');
}

interface Kept {
  /** Number of the last change: of this tenant alone, since it is told, and nobody is to learn how busy others are. */
  number: number;
  /** When everything may have changed, last. */
  allAt: number;
  readonly kinds: Map<string, number>;
  /** Last changes of records, oldest first. */
  readonly records: Map<string, number>;
  /** Changes of records up to this number may have been forgotten. */
  forgottenUpTo: number;
  readonly listeners: Set<() => void>;
}

/** Makes it; `life` is any text that no other process uses. */
export function createChanges(life: string): Changes {
  const tenants = new Map<string, Kept>();

  function keptOf(tenantId: string): Kept {
    let kept = tenants.get(tenantId);
    if (kept === undefined) {
      kept = { number: 0, allAt: 0, kinds: new Map(), records: new Map(), forgottenUpTo: 0, listeners: new Set() };
      tenants.set(tenantId, kept);
    }
    return kept;
  }

  return {
    life,
    note(tenantId, kind, record) {
      const kept = keptOf(tenantId);
      kept.number += 1;
      const { number } = kept;
      kept.kinds.set(kind, number);
      if (record !== undefined) {
        // Taken out first: a map keeps the order in which its keys came.
        kept.records.delete(record);
        kept.records.set(record, number);
        const [oldest] = kept.records;
        if (kept.records.size > RECORDS_MAX && oldest !== undefined) {
          kept.records.delete(oldest[0]);
          kept.forgottenUpTo = oldest[1];
        }
      }
      for (const listener of kept.listeners) listener();
    },
    noteAll() {
      for (const kept of tenants.values()) {
        kept.number += 1;
        kept.allAt = kept.number;
        for (const listener of kept.listeners) listener();
      }
    },
    since(tenantId, heard) {
      const { number, allAt, kinds, records: changed, forgottenUpTo } = keptOf(tenantId);
      if (heard === null) return { upTo: number, kinds: [], records: [] };
      if (heard < allAt || heard > number) return { upTo: number, kinds: null, records: null };
      const after = (changes: ReadonlyMap<string, number>) =>
        [...changes].filter(([, at]) => at > heard).map(([name]) => name);
      const records = heard < forgottenUpTo ? null : after(changed);
      return { upTo: number, kinds: after(kinds).sort(), records };
    },
    listen(tenantId, onChange) {
      const { listeners } = keptOf(tenantId);
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}
