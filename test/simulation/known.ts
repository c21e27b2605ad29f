/**
 * Breaches that are known and wait to be mended, each with what tells it apart. They are counted and said, never silent; an
 * entry leaves this list with the change that mends it.
 */
import type { WireCall } from './engine/wire.ts';
import { recordsOf } from './judge/evidence.ts';
import type { Breach, Ran } from './ran.ts';
import { OVERLAP_MS } from './services/feeds.ts';
import type { Edit } from './world/history.ts';
import { carries } from './world/people.ts';

/** A known breach. */
export interface KnownIssue {
  id: string;
  /** What is wrong, in a sentence. */
  text: string;
  is(ran: Ran, breach: Breach): boolean;
}

/** The list. */
export const KNOWN_ISSUES: readonly KnownIssue[] = [
  {
    id: 'K6',
    text: 'Redis came back as it had been since the last poll, or another process had the connector before the next one: a value set back to what it then holds to be told is told by the next sweep, a day later at most.',
    is: (ran, { invariant, text }) =>
      (invariant === 'I2' || (invariant === 'I1' && text.includes(' shows '))) &&
      (ran.plan.happenings.some(
        (one) =>
          (one.do === 'crash' || one.do === 'freeze' || one.do === 'rebalance') && one.kind === 'unleashed-connector',
      ) ||
        cameBackBetweenPolls(ran)) &&
      ran.plan.happenings.some((one) => one.do === 'redis' && one.what === 'back') &&
      ran.plan.happenings.some((one) => one.do === 'edit' && one.side === 'unleashed' && one.form === 'back'),
  },
  {
    id: 'K7',
    text: 'An outage answered three writes of a record in a row with an empty 500: it counts as one that cannot be sent, and waits until it is corrected or tried again.',
    is: (ran, { invariant, text }) =>
      invariant === 'I2' &&
      recordsOf(ran, 'sync.outcome.v1').some(
        ({ record }) =>
          record.code === 'unsendable' && record.side === 'unleashed' && text.includes(` / ${record.targetId}:`),
      ) &&
      ran.plan.happenings.some(
        (one) => one.do === 'fault' && one.order.side === 'unleashed' && one.order.kind === 'error',
      ),
  },
  {
    id: 'K8',
    text: 'Redis lost what a sink had begun, and the sink was replaced before it answered: that its write was carried out, or may come late, is not known any more, and what it shows or takes back goes over as an edit, or a contact is there twice.',
    is: (ran, { invariant }) =>
      (invariant === 'I1' || invariant === 'I3' || invariant === 'I4') &&
      ran.plan.happenings.some((one) => one.do === 'redis' && (one.what === 'back' || one.what === 'flush')) &&
      ran.calls.some((call) => (call.cameLate || isLastWrite(ran, call)) && wasReplaced(ran, call.process)),
  },
  {
    id: 'K9',
    text: "The CRM's clock went back by more than the overlap of two catch-ups, and an event of that time was lost: the change carries a stamp that was read past, and is found by the walk over all rows, a day later at most.",
    is: (ran, { invariant, text }) =>
      (invariant === 'I2' || invariant === 'F1') &&
      ran.history.edits.some(
        (edit) =>
          edit.side === 'crm' &&
          text.includes(`${edit.field} of ${edit.kept} ${edit.id} `) &&
          (text.includes(`'${edit.value}'`) || carries(text, edit.token)) &&
          wasReadPast(ran, edit),
      ),
  },
  {
    id: 'K10',
    text: 'A person set what a write of ours was bringing, and the write was held by the network: what is read then is taken for the write, and what that takes back when it comes goes over as an edit.',
    is: (ran, { invariant }) =>
      (invariant === 'I1' || invariant === 'I3') &&
      ran.calls.some((call) => call.cameLate && ran.history.edits.some((edit) => isTakenFor(edit, call))),
  },
];

/**
 * Whether an edit of the CRM was given a stamp older than the overlap, and than another that had been read before, and was never
 * read itself.
 */
function wasReadPast(ran: Ran, edit: Edit): boolean {
  const beginMs = ran.quietSinceMs - ran.plan.activeMs;
  const stampedMs = ran.plan.happenings.reduce((sum, one) => {
    if (one.do !== 'fault' || one.order.side !== 'crm' || one.order.kind !== 'clockSkew') return sum;
    const isInForce = beginMs + one.atMs <= edit.atMs && edit.atMs <= beginMs + one.atMs + one.forMs;
    return isInForce ? sum + (one.order.skewMs ?? 0) : sum;
  }, edit.atMs);
  if (stampedMs >= edit.atMs - OVERLAP_MS) return false;
  const reads = [...recordsOf(ran, 'crm.company.v1'), ...recordsOf(ran, 'crm.contact.v1')].map(({ record }) => record);
  const isRead = reads.some(
    (record) => record.readStartedAtMs > edit.atMs - 1_000 && JSON.stringify(record).includes(edit.value),
  );
  return !isRead && reads.some((one) => one.readStartedAtMs <= edit.atMs && (one.sourceUpdatedAtMs ?? 0) > stampedMs);
}

/** For so long after a write is sent what it was to bring is looked for, milliseconds. */
const LOOKED_FOR_MS = 15_000;

/** Whether an edit shows what a write of the same record was bringing at that time. */
function isTakenFor({ side, id, value, atMs }: Edit, { side: to, path, body, sentAtMs }: WireCall): boolean {
  const isMeanwhile = atMs >= sentAtMs && atMs <= sentAtMs + LOOKED_FOR_MS;
  return isMeanwhile && side === to && path.includes(id) && body.includes(JSON.stringify(value));
}

/** Whether a process wrote nothing after a write: as one does that dies before it answers. */
function isLastWrite(ran: Ran, call: WireCall): boolean {
  return (
    call.method !== 'GET' && call === ran.calls.findLast((one) => one.process === call.process && one.method !== 'GET')
  );
}

/** Whether another process had the partition after this one. */
function wasReplaced(ran: Ran, name: string): boolean {
  const [kind, number] = name.split('#');
  return ran.calls.some(
    ({ process }) => process.startsWith(`${kind}#`) && Number(process.split('#')[1]) > Number(number),
  );
}

/** Whether Redis came back as it had been at a moment since which the connector had not polled: nothing of its own is older. */
function cameBackBetweenPolls(ran: Ran): boolean {
  const beginMs = ran.quietSinceMs - ran.plan.activeMs;
  const polledMs = ran.calls
    .filter(({ process, path }) => process.startsWith('unleashed-connector') && /^\/Customers\/?\d*$/.test(path))
    .map(({ sentAtMs }) => sentAtMs);
  let copiedMs: number | null = null;
  for (const one of ran.plan.happenings) {
    if (one.do !== 'redis' || (one.what !== 'copy' && one.what !== 'back')) continue;
    const atMs = beginMs + one.atMs;
    // Without a copy one is taken, and comes back later.
    const fromMs: number = one.what === 'back' && copiedMs !== null ? copiedMs : atMs;
    const backMs = copiedMs === null ? atMs + one.forMs : atMs;
    copiedMs = one.what === 'copy' ? atMs : fromMs;
    if (one.what === 'back' && !polledMs.some((at) => at > fromMs && at < backMs)) return true;
  }
  return false;
}

/** The known issue that a breach belongs to; undefined when it is news. */
export function knownIssueOf(ran: Ran, breach: Breach): KnownIssue | undefined {
  return KNOWN_ISSUES.find((issue) => issue.is(ran, breach));
}
