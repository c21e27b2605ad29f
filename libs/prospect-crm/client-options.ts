/** Options of the client. */
import type { ApiClientOptions } from '#http-api';

/** Options of `createCrmClient`; a call's default purpose is `live`. */
export interface CrmClientOptions extends ApiClientOptions {
  /** Personal access token (P1.3); never shows in an error or a log. */
  token: string;
  /** Value of the User-Agent header, so that the CRM's operators can tell who calls. Default `two-way-sync`. */
  userAgent?: string;
}

/** Default of `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** Default of `userAgent`. */
export const DEFAULT_USER_AGENT = 'two-way-sync';
