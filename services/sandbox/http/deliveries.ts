/** Sends events by POST and tells the model whether they arrived. */
import { Agent, request } from 'undici';
import type { Log } from '#runtime';
import { type Attempt, dueAttempts, settleAttempt, type Workspace } from '../model/index.ts';

/** Sends what is due. */
export type Deliverer = {
  readonly deliver: (workspace: Workspace) => void;
  /** True while a workspace has as many attempts under way as it may. */
  readonly isFull: (workspace: Workspace) => boolean;
  readonly close: () => void;
};

/** What a deliverer needs. */
export type DelivererOptions = {
  readonly log: Log;
  readonly now: () => number;
  /** Called after each attempt. */
  readonly settled: (workspace: Workspace) => void;
};

/** Attempts under way at once, per workspace. */
const maxUnderWay = 16;
/** A receiver that has not answered by then counts as failed, ms. */
const deadlineMs = 5000;

/** A deliverer; one for all workspaces. */
export function createDeliverer({ log, now, settled }: DelivererOptions): Deliverer {
  const underWay = new Map<string, number>();
  const agent = new Agent({ connections: 32, headersTimeout: deadlineMs, bodyTimeout: deadlineMs });
  let closed = false;

  const send = async (workspace: Workspace, attempt: Attempt): Promise<boolean> => {
    try {
      const { statusCode, body } = await request(attempt.url, {
        method: 'POST',
        headers: attempt.headers,
        body: attempt.body,
        dispatcher: agent,
        signal: AbortSignal.timeout(deadlineMs),
      });
      await body.dump();
      if (statusCode >= 200 && statusCode < 300) return true;
      log.debug({ tenant: workspace.id, side: attempt.side, statusCode }, 'event not taken');
    } catch (error) {
      log.debug({ tenant: workspace.id, side: attempt.side, err: error }, 'event not delivered');
    }
    return false;
  };

  const count = (workspace: Workspace): number => underWay.get(workspace.id) ?? 0;

  return {
    deliver: (workspace) => {
      if (closed) return;
      for (const attempt of dueAttempts(workspace, now(), maxUnderWay - count(workspace))) {
        underWay.set(workspace.id, count(workspace) + 1);
        void send(workspace, attempt).then((delivered) => {
          underWay.set(workspace.id, count(workspace) - 1);
          settleAttempt(workspace, attempt.id, delivered, now());
          settled(workspace);
        });
      }
    },
    isFull: (workspace) => count(workspace) >= maxUnderWay,
    close: () => {
      closed = true;
      void agent.destroy();
    },
  };
}
