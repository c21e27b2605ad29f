/** A thread that tries seeds: it takes ranges and answers each with what did not hold. */
import { parentPort } from 'node:worker_threads';
import { outsidePromises } from './engine/scheduler.ts';
import { defectNamed } from './seeded-defects.ts';
import { prepare, trySeed, type Verdict } from './verdict.ts';

/** Seeds to try. */
export interface Order {
  from: number;
  to: number;
  activeMs: number;
  defect: string | null;
}

/** What came of an order. */
export interface Report {
  tried: number;
  edits: number;
  faults: number;
  events: number;
  calls: number;
  known: Record<string, number>;
  failed: Verdict[];
}

// Stacks of errors that are expected cost a tenth of the time.
Error.stackTraceLimit = 0;
const shared = await prepare();

parentPort?.on('message', (order: Order) => {
  const { from, to, activeMs, defect } = order;
  void outsidePromises(() => {
    const report: Report = { tried: 0, edits: 0, faults: 0, events: 0, calls: 0, known: {}, failed: [] };
    for (let seed = from; seed <= to; seed++) {
      const options = defect === null ? { activeMs } : { activeMs, defects: defectNamed(defect) };
      const verdict = trySeed(seed, shared, options);
      report.tried += 1;
      report.edits += verdict.edits;
      report.faults += verdict.faults;
      report.events += verdict.events;
      report.calls += verdict.calls;
      for (const id of verdict.known) report.known[id] = (report.known[id] ?? 0) + 1;
      if (verdict.breaches.length > 0) report.failed.push(verdict);
    }
    return report;
  }).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});
parentPort?.postMessage(null);
