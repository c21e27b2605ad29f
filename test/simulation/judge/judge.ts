/** All judges. They look at what people did, what both sides show and which calls were made. */
import type { Breach, Ran } from '../ran.ts';
import {
  judgeCredit,
  judgeDecisions,
  judgeGates,
  judgeHolds,
  judgeOtherFields,
  judgeOutputs,
  judgeQuota,
} from './conduct.ts';
import { judgeConvergence } from './convergence.ts';
import { judgeEchoes, judgeLostEdits, judgeOldValues, judgeSources } from './edits.ts';
import { judgeExplained } from './explained.ts';

/** What does not hold after a run; nothing when all is well. */
export function judge(ran: Ran): Breach[] {
  return [
    ...judgeConvergence(ran),
    ...judgeLostEdits(ran),
    ...judgeOldValues(ran),
    ...judgeEchoes(ran),
    ...judgeSources(ran),
    ...judgeOtherFields(ran),
    ...judgeHolds(ran),
    ...judgeGates(ran),
    ...judgeCredit(ran),
    ...judgeDecisions(ran),
    ...judgeExplained(ran),
    ...judgeOutputs(ran),
    ...judgeQuota(ran),
    ...ran.watched.breaches,
  ];
}

/** Whether nothing is left to be done as far as the outside can see, and everything that came in has been looked at. */
export function isSettled(ran: Ran): boolean {
  return judgeConvergence(ran).length === 0 && judgeDecisions(ran).length === 0;
}
