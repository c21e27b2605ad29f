/**
 * The wire between our API clients and the models of both APIs: connections that take their time, answers that are lost,
 * requests that arrive late. What the models' faults say of a call is carried out here, as the sandbox's server does.
 */
import { type Exchange, type ExchangeAnswer, ExchangeError, type ExchangeRequest } from '#runtime';
import {
  type ApiRequest,
  type ApiResponse,
  type CallPlan,
  type Change,
  planCall,
  runCall,
  type Side,
  type Workspace,
} from '../../../services/sandbox/model/index.ts';
import type { SimProcess } from './process.ts';
import type { Scheduler } from './scheduler.ts';

/** A call as the outside saw it. */
export interface WireCall {
  number: number;
  side: Side;
  method: string;
  path: string;
  /** True time at which the request left our process. */
  sentAtMs: number;
  /** True time of its effect; null when it had none (yet). */
  effectAtMs: number | null;
  /** Whose it was. */
  process: string;
  faults: readonly string[];
  /** Whether it took effect, or may yet, after our process had given it up: the network held it, or it took too long. */
  cameLate: boolean;
  /** Status that was answered; 0 for none. */
  status: number;
  changes: readonly Change[];
  body: string;
}

/** What the wire is made of. */
export interface WireOptions {
  scheduler: Scheduler;
  workspace: Workspace;
  /** Time on the way, milliseconds. */
  travelMs(side: Side): number;
  /** Whether a connection is there to be used; else it takes a moment. */
  isConnected(): boolean;
  /** Told of each call when its fate is known. */
  onCall(call: WireCall): void;
  /** Told of the changes of a call right after they were made. */
  onChanges(changes: readonly Change[], call: WireCall): void;
}

/** The wire. */
export interface Wire {
  /** How a process reaches an API. */
  exchangeOf(process: SimProcess, side: Side): Exchange;
  /** All calls so far. */
  readonly calls: WireCall[];
}

/** Time until a connection is there, milliseconds. */
const CONNECT_MS = 1;

const BASE_PATH = { crm: '/crm', unleashed: '/unleashed' } as const;

/** Base URL of an API, as it stands in the tenant's configuration. */
export function baseUrlOf(side: Side): string {
  return `http://api.test${BASE_PATH[side]}`;
}

/** Lays the wire. */
export function createWire(options: WireOptions): Wire {
  const { scheduler, workspace } = options;
  const calls: WireCall[] = [];

  function exchangeOf(process: SimProcess, side: Side): Exchange {
    return (request) =>
      new Promise((resolve, reject) => {
        let isSettled = false;
        let phase: 'not-sent' | 'sent' = 'not-sent';
        const settle = (end: () => void): void => {
          if (isSettled) return;
          isSettled = true;
          timer.cancel();
          request.signal?.removeEventListener('abort', cancel);
          end();
        };
        const fail = (failure: 'timeout' | 'network' | 'cancelled'): void =>
          settle(() => reject(new ExchangeError(failure, phase, null, Buffer.alloc(0))));
        const cancel = (): void => fail('cancelled');
        const timer = process.later(request.timeoutMs, () => fail('timeout'));
        if (request.signal?.aborted === true) return cancel();
        request.signal?.addEventListener('abort', cancel, { once: true });

        // With a connection the guard is asked, and the request is on its way.
        const go = (): void => {
          if (isSettled) return;
          try {
            request.guard?.();
          } catch (error) {
            settle(() => reject(error));
            return;
          }
          phase = 'sent';
          const answered = (answer: ExchangeAnswer | null): void => {
            if (answer === null) fail('network');
            else settle(() => resolve(answer));
          };
          send(process, side, request, () => isSettled, answered);
        };
        if (options.isConnected()) go();
        else void process.step(`connect ${side}`, CONNECT_MS, () => undefined).then(go);
      });
  }

  function send(
    process: SimProcess,
    side: Side,
    request: ExchangeRequest,
    isGivenUp: () => boolean,
    answered: (answer: ExchangeAnswer | null) => void,
  ): void {
    const api = apiRequest(side, request);
    const plan = planCall(workspace, side, api, scheduler.now());
    const call: WireCall = {
      number: calls.length,
      side,
      method: request.method,
      path: api.path,
      sentAtMs: scheduler.now(),
      effectAtMs: null,
      process: process.name,
      faults: plan.faults,
      cameLate: plan.holdMs !== undefined,
      status: 0,
      changes: [],
      body: api.body,
    };
    calls.push(call);
    const what = `${request.method} ${api.path}`;
    void process
      .step(what, options.travelMs(side) + plan.delayBeforeMs, () => {
        call.effectAtMs = plan.holdMs === undefined && plan.lose !== 'before' ? scheduler.now() : null;
        const { response, changes } = runCall(workspace, side, api, plan, scheduler.now());
        call.changes = changes;
        if (isGivenUp()) call.cameLate = true;
        call.status = response?.status ?? 0;
        if (changes.length > 0) options.onChanges(changes, call);
        options.onCall(call);
        return response;
      })
      .then((response) => {
        const waitMs = options.travelMs(side) + plan.delayAfterMs + plan.slowBodyMs;
        process.later(waitMs, () => answered(response === undefined ? null : rendered(response, plan)));
      });
  }

  return { exchangeOf, calls };
}

function apiRequest(side: Side, request: ExchangeRequest): ApiRequest {
  const [path = '', rawQuery = ''] = request.path.slice(BASE_PATH[side].length).split('?');
  const { method, headers, body } = request;
  return { method, path, rawQuery, headers, body: body ?? '', baseUrl: baseUrlOf(side) };
}

function rendered(response: ApiResponse, plan: CallPlan): ExchangeAnswer {
  const { status, headers, body } = response;
  if (plan.mangle === 'html') {
    return { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<!DOCTYPE html><p>Oops</p>') };
  }
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) };
  const text = JSON.stringify(body);
  const sent = plan.mangle === 'truncated' ? text.slice(0, Math.floor(text.length / 2)) : text;
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: Buffer.from(sent) };
}
