import type { Role } from '../roles.ts';

/** The one who asks. */
export interface Principal {
  /** Name that requests and settings carry as `requestedBy`. */
  readonly subject: string;
  readonly role: Role;
  /** Tenants it may see; null means all. */
  readonly tenants: ReadonlySet<string> | null;
  /** When its token ends, milliseconds since the epoch; left out for a token of the file, which does not. */
  readonly expiresAtMs?: number;
  /** A session of somebody who signed in, and when that was; left out for tokens of programs. */
  readonly session?: { readonly beganAtMs: number };
  /** The one contact whose panel this is; it may do nothing else. Left out for everybody else. */
  readonly panel?: { readonly tenantId: string; readonly contactId: string };
}
