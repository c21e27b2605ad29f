/** Explain: 'why is it so?' has an answer on the list for every field of every record, at any moment of a schedule. */

import type { Link } from '#contracts';
import { createTenantState, explainField, explainRecord, REASONS } from '#sync-core';
import type { Breach, Ran } from '../ran.ts';
import { recordsOf } from './evidence.ts';

/** Moments of a schedule that are looked at. */
const MOMENTS = 4;

/** Fields without an answer. What is said in between is what the changelog held after each of some commits. */
export function judgeExplained(ran: Ran): Breach[] {
  const changes = ran.log.read('sync.link.v1', 0, Number.MAX_SAFE_INTEGER).records;
  const settings = recordsOf(ran, 'sync.setting.v1').map(({ record }) => record);
  const lanes = recordsOf(ran, 'sync.lane.v1').map(({ record }) => record);
  const links = new Map<string, Buffer>();
  const every = Math.max(1, Math.ceil(changes.length / MOMENTS));
  const breaches: Breach[] = [];
  for (const [index, { key, value }] of changes.entries()) {
    if (value === null) links.delete(String(key));
    else links.set(String(key), value);
    if ((index + 1) % every !== 0 && index + 1 !== changes.length) continue;
    // Every version of the settings has its turn: each of them has to have an answer.
    const setting = settings.at(index % Math.max(1, settings.length)) ?? null;
    const shown = [...links.values()].flatMap((link) => ran.codec.decodeKnown('sync.link.v1', link) ?? []);
    breaches.push(...unanswered(shown, setting, lanes.slice(-2)));
  }
  return breaches;
}

type Loaded = Parameters<typeof createTenantState>[1];

function unanswered(links: Link[], setting: Loaded['setting'], lanes: Loaded['lanes']): Breach[] {
  const [tenantId] = links.map((link) => link.tenantId);
  const state = createTenantState(tenantId ?? '', { links, setting, lanes });
  return [...state.links.values()].flatMap((link) => {
    const answers = [explainRecord(state, link), ...link.fields.map(({ field }) => explainField(state, link, field))];
    return answers
      .filter(({ reason }) => !(reason in REASONS) || reason === 'ok')
      .map(({ state: stands, reason }) => {
        return { invariant: 'I8', text: `${link.entity} ${link.linkId} is ${stands}: ${reason || 'nothing'}` };
      });
  });
}
