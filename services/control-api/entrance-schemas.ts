/** What the ways in take and give. */
import { z } from 'zod';

/** Body of POST /v1/sign-in. */
export const signInBody = z.strictObject({
  /** Code of a sign-in link. */
  code: z.string().min(1).max(200),
});

/** Body of POST /v1/tenants/{tenantId}/embed-tokens. */
export const panelTokenBody = z.strictObject({
  /** Id of the contact in the CRM. */
  contactId: z.string().regex(/^[\w.~-]{1,100}$/, 'is not the id of a contact'),
  /** Who looks at the page there, for whoever reads later who pressed the button: a name or an address. */
  user: z
    .string()
    .min(1)
    .max(80)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control characters'),
});

const issued = {
  token: z.string().describe('Bearer token; renewed by POST /v1/session/renew.'),
  expiresAt: z.iso.datetime(),
};

/** POST /v1/sign-in, POST /v1/session/renew */
export const sessionAnswer = z.object(issued);

/** POST /v1/sign-in-links */
export const signInLinkAnswer = z.object({
  code: z.string().describe('Works once, within a quarter of an hour.'),
  path: z.string().describe('Below the address of the console; what is behind the # is sent to no server.'),
  expiresAt: z.iso.datetime(),
});

/** POST …/embed-tokens */
export const panelTokenAnswer = z.object({
  ...issued,
  path: z.string().describe('Address of the panel below that of this API, with its token behind the #.'),
});

/** GET …/panel/{contactId} */
export const panelAnswer = z.object({
  contactId: z.string(),
  name: z.string(),
  state: z.enum(['enabled', 'disabled', 'creating', 'created']),
  reason: z.string().describe('Stable reason code, see docs/reasons.md.'),
  sentence: z.string(),
  action: z.string().describe('What to do about it; empty when nothing.'),
  /** How the sync of the contact stands once it is in both systems. */
  sync: z.object({ state: z.string(), sentence: z.string(), action: z.string() }).nullable(),
});

/** What the panel shows. */
export type PanelAnswer = z.infer<typeof panelAnswer>;
