/** What orders about records would lead to now: asked of the core, among the records that each concerns. */
import { blankRequest, type Link, type Request } from '#contracts';
import { type OrderForecast, planOrder } from '#sync-core';
import { bringContactsOf, neighbourhood, peopleLinks } from './neighbourhood.ts';
import type { Asked } from './question.ts';
import { findLink, type ShownEntity } from './show-record.ts';

/** An order that could be given. */
export interface PossibleOrder {
  readonly kind: string;
  readonly entity: ShownEntity;
  readonly side: 'crm' | 'unleashed';
  readonly recordId: string;
  readonly field: string | null;
  readonly value: string | null;
  /** What it costs at most, where that is known better than by a forecast. */
  readonly calls?: Readonly<Record<'crm' | 'unleashed', number>>;
}

/** Whether an order only looks at a record. */
export function isLook(kind: string): boolean {
  return kind === 'read' || kind === 'observe';
}

/** A forecast, with the record that it is about; null when that is not known. */
export interface ForecastOrder extends OrderForecast {
  readonly link: Link | null;
}

/** Makes a forecaster: people are read once. */
export async function createForecaster(asked: Asked, nowMs: number) {
  const { connection, codec, tenant, setting, lanes } = asked;
  const people = await peopleLinks(connection, codec, tenant);
  return async (order: PossibleOrder): Promise<ForecastOrder> => {
    const id = `${order.side === 'crm' ? 'c' : 'u'}:${order.recordId}`;
    const link = await findLink(asked, order.entity, id);
    const links = link === null ? [] : [link];
    const state = await neighbourhood(connection, codec, tenant, links, { people, setting, lanes });
    // Whether a contact can be made depends on who else is there.
    if (link?.entity === 'contact' && (link.crm === null || link.unleashed === null)) {
      for (const one of [...state.links.values()]) {
        if (one.entity === 'company' && one.unleashed !== null) {
          await bringContactsOf(connection, codec, tenant, state, one.unleashed.id);
        }
      }
    }
    return { ...planOrder(state, requestOf(tenant.id, order, nowMs), nowMs), link };
  };
}

/** The request that an order would be. */
export function requestOf(tenantId: string, order: PossibleOrder, nowMs: number): Request {
  const { kind, entity, side, recordId, field, value } = order;
  const head = { tenantId, requestId: 'forecast', kind, requestedBy: '', requestedAtMs: nowMs };
  return { ...blankRequest(head), entity, side, recordId, field, value };
}
