/** Options of the client. */
import type { ApiClientOptions } from '#http-api';

/** Options of `createUnleashedClient`; a call's default purpose is `other`. */
export interface UnleashedClientOptions extends ApiClientOptions {
  /** API id of the company (fact U1.13). */
  apiId: string;
  /** API key of the company; never shows in an error or a log. */
  apiKey: string;
  /** Value of the `client-type` header, lower case (fact U1.4). Default `two-way-sync/connector`. */
  clientType?: string;
}

/** Default of `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 15_000;
/** Default of `clientType`. */
export const DEFAULT_CLIENT_TYPE = 'two-way-sync/connector';
