/** What comes into the core and what goes out. */
import type {
  Command,
  Conflict,
  CrmCompany,
  CrmContact,
  CrmUser,
  Decision,
  Lane,
  Link,
  Origin,
  Outcome,
  Request,
  Setting,
  Tenant,
  UnleashedContact,
  UnleashedCustomer,
  UnleashedSalesperson,
} from '#contracts';

/** A snapshot with the topic that says what it is. */
export type ObservedRecord =
  | { topic: 'crm.company.v1'; record: CrmCompany }
  | { topic: 'crm.contact.v1'; record: CrmContact }
  | { topic: 'crm.user.v1'; record: CrmUser }
  | { topic: 'unleashed.customer.v1'; record: UnleashedCustomer }
  | { topic: 'unleashed.contact.v1'; record: UnleashedContact }
  | { topic: 'unleashed.salesperson.v1'; record: UnleashedSalesperson };

/** One input of a step. A timer has no origin: it is due because of what was decided before. */
export type CoreEvent =
  | ({ kind: 'observation'; origin: Origin } & ObservedRecord)
  | { kind: 'outcome'; record: Outcome; origin: Origin }
  | { kind: 'request'; record: Request; origin: Origin }
  | { kind: 'tenant'; record: Tenant; origin: Origin }
  | { kind: 'tenant-removed'; origin: Origin }
  | { kind: 'timer' };

/** What a step leads to. Links are given as they are after the step; null takes the link off the changelog. */
export interface Effects {
  links: Map<string, Link | null>;
  setting: Setting | null;
  lanes: Lane[];
  decisions: Decision[];
  conflicts: Conflict[];
  commands: Command[];
  /** Earliest time at which a timer has something to do for the tenant, milliseconds; null when nothing is due. */
  nextWakeAtMs: number | null;
}
