/**
 * A small CRM in memory, for tests of the logic: partial PATCH, address rows of their own, POST that drops fields. The real
 * simulator is the sandbox; this one lets a test say exactly what the next call does.
 */
import type { Command, Setting } from '#contracts';
import type { ApiErrorCode } from '#http-api';
import type { UnreadWrite } from '#prospect-crm';
import { CrmApiError } from '#prospect-crm';
import type { JsonRecord } from '#runtime';
import { createWriteAnswers } from '#sink';
import { commandWith, settingWith } from '#test/support/records.ts';
import type { SinkPorts } from './ports.ts';

/** What the next matching call does instead of, or around, its effect. */
export interface Fault {
  /** Which call. */
  on: keyof SinkPorts['api'];
  /** Only for this set. Default: any. */
  set?: string;
  /** The error that it ends with. */
  error?: Error;
  /** Whether the effect takes place although it ends with an error. Default false. */
  takesEffect?: boolean;
  /** Run before the call, for instance another writer. */
  before?: () => void;
}

/** An error as the client makes it. */
export function apiError(
  code: ApiErrorCode,
  details: { status?: number; fateKnown?: boolean; retryAfterMs?: number; targets?: string[] } = {},
): CrmApiError {
  return new CrmApiError(code, 'as told', { call: 'PATCH /x', ...details });
}

/** Fields that POST drops without a word (fact P2.12). */
const DROPPED = ['Fax', 'MobilePhoneNumber'];

/** Makes the fake with its ports; time moves with each call and by sleeping. */
export function fakeCrm(given: { divisions?: JsonRecord[]; addresses?: JsonRecord[]; contacts?: JsonRecord[] }) {
  const byKey = (rows: JsonRecord[] | undefined, key: string) =>
    new Map((rows ?? []).map((row) => [Number(row[key]), row]));
  const tables: Record<string, Map<number, JsonRecord>> = {
    Divisions: byKey(given.divisions, 'DivisionId'),
    Addresses: byKey(given.addresses, 'AddressId'),
    Contacts: byKey(given.contacts, 'ContactId'),
  };
  const faults: Fault[] = [];
  const calls: string[] = [];
  const begun = new Set<string>();
  const begunAgain = new Set<string>();
  const claims = new Map<string, number>();
  const expected: string[] = [];
  const unread = new Map<string, UnreadWrite>();
  const wrongAnswers: string[] = [];
  const state = {
    nowMs: 1_000_000,
    isOurs: true,
    setting: null as Setting | null,
    failuresInARow: 0,
    claimMs: 40_000,
    sendWithinMs: 10_000,
    isDistrusted: false,
  };

  function serve<T>(on: Fault['on'], set: string, guard: (() => void) | undefined, effect: () => T): Promise<T> {
    const index = faults.findIndex((fault) => fault.on === on && (fault.set ?? set) === set);
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0];
    fault?.before?.();
    try {
      guard?.();
      calls.push(`${on} ${set}`);
      state.nowMs += 10;
      const result = fault?.error === undefined || fault.takesEffect === true ? effect() : (undefined as T);
      return fault?.error === undefined ? Promise.resolve(result) : Promise.reject(fault.error);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  const stamp = () => new Date(state.nowMs).toISOString();
  const show = (set: string, row: JsonRecord): JsonRecord => {
    const copy = structuredClone(row);
    if (set !== 'Divisions') return copy;
    const address = tables.Addresses?.get(Number(row.AddressId));
    return { ...copy, Address: address === undefined ? null : structuredClone(address), SalesLedger: null };
  };

  const api: SinkPorts['api'] = {
    get(set, key) {
      const readStartedAtMs = state.nowMs;
      return serve('get', set, undefined, () => {
        const row = tables[set]?.get(Number(key));
        return row === undefined ? null : { record: show(set, row), readStartedAtMs };
      });
    },
    async *pages(set, query) {
      const readStartedAtMs = state.nowMs;
      const [[property = '', value] = []] = Object.entries(query.filter ?? {});
      const records = await serve('pages', set, undefined, () =>
        [...(tables[set]?.values() ?? [])].filter((row) => row[property] === value).map((row) => show(set, row)),
      );
      yield { records, readStartedAtMs, answeredAtMs: null };
    },
    patch: (set, key, body, options) =>
      serve('patch', set, options?.guard, () => {
        const row = tables[set]?.get(Number(key));
        if (row === undefined) throw apiError('NOT_FOUND', { status: 404 });
        tables[set]?.set(Number(key), { ...row, ...body, LastUpdatedTimestamp: stamp() });
      }),
    post: (set, body, options) =>
      serve('post', set, options?.guard, () => {
        const kept = Object.fromEntries(Object.entries(body).filter(([name]) => !DROPPED.includes(name)));
        const key = 5000 + (tables[set]?.size ?? 0);
        const row = { ...kept, ContactId: key, LastUpdatedTimestamp: stamp() };
        tables[set]?.set(key, row);
        return show(set, row);
      }),
  };
  const ports: SinkPorts = {
    api,
    setting: () => state.setting,
    now: () => state.nowMs,
    isOurs: () => state.isOurs,
    sleep: async (ms) => {
      state.nowMs += ms;
    },
    beginWrite: async (commandId) => {
      const isFirst = !begun.has(commandId);
      (isFirst ? begun : begunAgain).add(commandId);
      return isFirst;
    },
    hasBegun: async (commandId) => begun.has(commandId),
    hasBegunAgain: async (commandId) => begunAgain.has(commandId),
    claimCreation: async (marker) => {
      const heldUntilMs = claims.get(marker) ?? 0;
      if (heldUntilMs > state.nowMs) return { isOurs: false, untilMs: heldUntilMs, sendBeforeMs: 0 };
      const untilMs = state.nowMs + state.claimMs;
      claims.set(marker, untilMs);
      return { isOurs: true, untilMs, sendBeforeMs: state.nowMs + state.sendWithinMs };
    },
    releaseCreation: async (marker) => {
      claims.delete(marker);
    },
    failuresInARow: () => state.failuresInARow,
    ownEvents: {
      expect: async ({ entity, id }) => void expected.push(`${entity}/${id}`),
      expectNoMore: async ({ entity, id }) => void expected.splice(expected.indexOf(`${entity}/${id}`), 1),
    },
    answers: createWriteAnswers(null),
    unread: {
      async note(key, write) {
        if (!state.isDistrusted) unread.set(key, write);
        return !state.isDistrusted;
      },
    },
    onWrongAnswer: (fields) => void wrongAnswers.push(...fields),
  };
  const row = (set: string, key: number): JsonRecord => tables[set]?.get(key) ?? {};
  const edit = (set: string, key: number, changes: JsonRecord) =>
    tables[set]?.set(key, { ...row(set, key), ...changes });
  return { ports, faults, calls, claims, begun, expected, unread, wrongAnswers, state, row, edit, tables };
}

/** An update of the company 1001; `changes` replace its parts. */
export const command = (changes: Partial<Command>): Command => commandWith({ targetId: '1001', ...changes });

/** Settings one version later than the commands; `changes` replace their parts. */
export const setting = (changes: Partial<Setting>): Setting => settingWith({ version: 2, ...changes });
