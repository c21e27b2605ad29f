/**
 * A small Unleashed in memory, for tests of the logic: whole-record POST, empty 500 on unsendable keys, contacts without a
 * clock. The real simulator is the sandbox; this one lets a test say exactly what the next call does.
 */

import type { Command, Setting } from '#contracts';
import type { ApiErrorCode } from '#http-api';
import type { JsonRecord } from '#runtime';
import { createWriteAnswers } from '#sink';
import { commandWith, settingWith } from '#test/support/records.ts';
import { CUSTOMER_KEYS, NESTED_KEYS, type Page, UnleashedApiError } from '#unleashed';
import type { SinkPorts } from './ports.ts';

/** What the next matching call does instead of, or around, its effect. */
export interface Fault {
  /** Which call: getCustomer, postCustomer, list, postContact, putContact. */
  on: keyof SinkPorts['api'];
  /** The error that it ends with. */
  error?: UnleashedApiError;
  /** Whether the effect takes place although it ends with an error. Default false. */
  takesEffect?: boolean;
  /** Run before the call, for instance another writer. */
  before?: () => void;
}

const SENDABLE: ReadonlySet<string> = new Set<string>([
  ...CUSTOMER_KEYS,
  ...Object.keys(NESTED_KEYS),
  'Addresses',
  'DeliveryInstruction',
]);

/** An error as the client makes it. */
export function apiError(
  code: ApiErrorCode,
  details: {
    status?: number;
    fateKnown?: boolean;
    retryAfterMs?: number;
    fieldErrors?: Record<string, string>;
    message?: string;
  } = {},
): UnleashedApiError {
  return new UnleashedApiError(code, details.message ?? 'as told', { call: 'POST /x', ...details });
}

/** Makes the fake with its ports; time moves only by sleeping. */
export function fakeUnleashed(given: { customers?: JsonRecord[]; contacts?: Record<string, JsonRecord[]> }) {
  const customers = new Map((given.customers ?? []).map((record) => [String(record.Guid).toLowerCase(), record]));
  const contacts = new Map(Object.entries(given.contacts ?? {}));
  const faults: Fault[] = [];
  const calls: string[] = [];
  const begun = new Set<string>();
  const begunAgain = new Set<string>();
  const shown: [string, string, number][] = [];
  const written: string[] = [];
  const state = {
    nowMs: 1_000_000,
    isOurs: true,
    setting: null as Setting | null,
    failuresInARow: 0,
    tick: 10,
    keepsGuid: true,
    /** What a write answers (fact U6.9). */
    answersWrites: 'nothing' as 'nothing' | 'stored' | 'sent',
    /** Keys of a customer that are stored otherwise than they are sent. */
    storesInstead: {} as JsonRecord,
    /** Fields of which the sink said that the answer was wrong. */
    wrongAnswers: [] as string[],
  };

  function serve<T>(on: Fault['on'], guard: (() => void) | undefined, effect: () => T): Promise<T> {
    const index = faults.findIndex((fault) => fault.on === on);
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0];
    fault?.before?.();
    try {
      guard?.();
      calls.push(on);
      state.nowMs += state.tick;
      const result = fault?.error === undefined || fault.takesEffect === true ? effect() : (undefined as T);
      return fault?.error === undefined ? Promise.resolve(result) : Promise.reject(fault.error);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  const api: SinkPorts['api'] = {
    getCustomer: (guid) => {
      const readStartedAtMs = state.nowMs;
      return serve('getCustomer', undefined, () => {
        const record = customers.get(guid);
        if (record === undefined) throw apiError('NOT_FOUND', { status: 404 });
        return { record: structuredClone(record), readStartedAtMs };
      });
    },
    postCustomer: (guid, body, options) =>
      serve('postCustomer', options?.guard, () => {
        const before = customers.get(guid) ?? {};
        if (Object.keys(body).some((key) => !SENDABLE.has(key)))
          throw apiError('EMPTY_SERVER_ERROR', { status: 500, fateKnown: false });
        const blanked = Object.fromEntries(
          Object.entries(before).map(([key, value]) => [key, SENDABLE.has(key) ? null : value]),
        );
        const stored = { ...blanked, ...structuredClone(body), LastModifiedOn: `/Date(${state.nowMs})/` };
        customers.set(guid, { ...stored, ...state.storesInstead });
        if (state.answersWrites === 'nothing') return null;
        return state.answersWrites === 'sent' ? stored : structuredClone(customers.get(guid) ?? null);
      }),
    list: ({ resource }) => {
      const readStartedAtMs = state.nowMs;
      return serve('list', undefined, (): Page => {
        const parent = resource.split('/')[1] ?? '';
        const items = contacts.get(parent);
        if (items === undefined) throw apiError('NOT_FOUND', { status: 404 });
        return {
          items: structuredClone(items),
          pageNumber: 1,
          numberOfPages: 1,
          numberOfItems: items.length,
          readStartedAtMs,
        };
      });
    },
    postContact: (parent, body, options) =>
      serve('postContact', options?.guard, () => {
        const Guid = state.keepsGuid
          ? (body.Guid ?? null)
          : `99999999-0000-4000-8000-${String(state.nowMs).padStart(12, '0')}`;
        contacts.get(parent)?.push({ ...structuredClone(body), Guid });
      }),
    putContact: (parent, guid, body, options) =>
      serve('putContact', options?.guard, () => {
        const list = contacts.get(parent) ?? [];
        contacts.set(
          parent,
          list.map((contact) => (contact.Guid === guid ? structuredClone(body) : contact)),
        );
        return state.answersWrites === 'nothing' ? null : structuredClone(body);
      }),
  };
  const ports: SinkPorts = {
    api,
    answers: createWriteAnswers(16),
    onWrongAnswer: (fields) => state.wrongAnswers.push(...fields),
    phoneKey: 'PhoneNumber',
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
    noteShown: async (kind, guid, readStartedAtMs) => {
      shown.push([kind, guid, readStartedAtMs]);
    },
    noteWrite: async (guid) => {
      written.push(guid);
    },
    failuresInARow: () => state.failuresInARow,
  };
  return { ports, faults, calls, customers, contacts, begun, shown, written, state };
}

/** An update of a company; `changes` replace its parts. */
export const command = (changes: Partial<Command>): Command => commandWith({ side: 'unleashed', ...changes });

/** Settings; `changes` replace their parts. */
export const setting = settingWith;
