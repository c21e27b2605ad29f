/** Tries many seeds on all cores. */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Order, Report } from './worker.ts';

/** What to try. */
export interface Campaign {
  first: number;
  seeds: number;
  /** How long things happen in each schedule, milliseconds. */
  activeMs: number;
  /** Name of a seeded defect; null for none. */
  defect: string | null;
  /** Stops after so many failing seeds. */
  maxFailures: number;
  /** Told now and then. */
  onProgress?: (report: Report) => void;
}

/** Threads that know the world and are warm: a thread costs as much to begin as dozens of schedules. */
export interface Pool {
  /** Runs a campaign; gives the sums and every failing seed, in order. One at a time. Rejects when a thread ends. */
  run(campaign: Campaign): Promise<Report>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Seeds that a thread is given at a time. */
const PIECE = 5;

/** A thread, and how it is given an order. */
interface Thread {
  try(order: Order): Promise<Report>;
  end(): Promise<unknown>;
}

/** A pool without threads; they begin with the first campaign. */
export function createPool(): Pool {
  const threads: Promise<Thread>[] = [];

  return {
    async run(campaign) {
      const { first, seeds, activeMs, defect } = campaign;
      const total: Report = { tried: 0, edits: 0, faults: 0, events: 0, calls: 0, known: {}, failed: [] };
      const last = first + seeds - 1;
      let next = first;

      async function work(starting: Promise<Thread>): Promise<void> {
        const thread = await starting;
        while (next <= last && total.failed.length < campaign.maxFailures) {
          const order: Order = { from: next, to: Math.min(last, next + PIECE - 1), activeMs, defect };
          next = order.to + 1;
          add(total, await thread.try(order));
          campaign.onProgress?.(total);
        }
      }

      const wanted = Math.max(1, Math.min(availableParallelism(), Math.ceil(seeds / PIECE)));
      while (threads.length < wanted) threads.push(startThread());
      await Promise.all(threads.slice(0, wanted).map(work));
      total.failed.sort((a, b) => a.seed - b.seed);
      return total;
    },
    async close() {
      const ending = threads.splice(0);
      await Promise.all(ending.map(async (thread) => (await thread).end()));
    },
  };
}

/** Runs one campaign with threads of its own. */
export async function runCampaign(campaign: Campaign): Promise<Report> {
  const pool = createPool();
  try {
    return await pool.run(campaign);
  } finally {
    await pool.close();
  }
}

/**
 * Starts a thread; it is there once it has prepared itself. Every function is compiled as it stands before it first runs: the
 * time is spread over so many that most would be interpreted for long.
 */
async function startThread(): Promise<Thread> {
  setFlagsFromString('--always-sparkplug');
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  const ended = new Promise<never>((_resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the simulation ended with ${code}`)));
  });
  ended.catch(() => undefined);
  const answer = (): Promise<Report | null> =>
    Promise.race([new Promise<Report | null>((resolve) => worker.once('message', resolve)), ended]);
  await answer();
  return {
    async try(order) {
      const report = answer();
      worker.postMessage(order);
      return (await report) as Report;
    },
    end: () => worker.terminate(),
  };
}

function add(total: Report, report: Report): void {
  total.tried += report.tried;
  total.edits += report.edits;
  total.faults += report.faults;
  total.events += report.events;
  total.calls += report.calls;
  for (const [id, count] of Object.entries(report.known)) total.known[id] = (total.known[id] ?? 0) + count;
  total.failed.push(...report.failed);
}
