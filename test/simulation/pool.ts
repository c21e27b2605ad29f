/** Tries many seeds on all cores. */
import { availableParallelism } from 'node:os';
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

/** Seeds that a thread is given at a time. */
const PIECE = 5;

/** Runs a campaign; gives the sums and every failing seed, in order. */
export async function runCampaign(campaign: Campaign): Promise<Report> {
  const total: Report = { tried: 0, edits: 0, faults: 0, events: 0, calls: 0, known: {}, failed: [] };
  const last = campaign.first + campaign.seeds - 1;
  let next = campaign.first;

  async function work(): Promise<void> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      await new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', (code) => reject(new Error(`a thread of the simulation ended with ${code}`)));
        worker.on('message', (report: Report | null) => {
          if (report !== null) add(total, report);
          if (report !== null) campaign.onProgress?.(total);
          if (next > last || total.failed.length >= campaign.maxFailures) {
            resolve();
            return;
          }
          const { activeMs, defect } = campaign;
          const order: Order = { from: next, to: Math.min(last, next + PIECE - 1), activeMs, defect };
          next = order.to + 1;
          worker.postMessage(order);
        });
      });
    } finally {
      worker.removeAllListeners('exit');
      await worker.terminate();
    }
  }

  const threads = Math.max(1, Math.min(availableParallelism(), Math.ceil(campaign.seeds / PIECE)));
  await Promise.all(Array.from({ length: threads }, work));
  total.failed.sort((a, b) => a.seed - b.seed);
  return total;
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
