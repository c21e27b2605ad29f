/** What keeps the `webhooks` command from doing what it was told. */
export type WebhooksErrorCode =
  | 'TENANT_UNKNOWN'
  | 'URL_MISSING'
  | 'KEY_FILE_MISSING'
  | 'KEY_FILE_EXISTS'
  | 'SUBSCRIPTION_EXISTS'
  | 'SUBSCRIPTIONS_FULL'
  | 'UNLEASHED_REFUSED';

/** An error that says what to do. Never worth a retry as it is. */
export class WebhooksError extends Error {
  override readonly name = 'WebhooksError';
  readonly retriable = false;
  readonly code: WebhooksErrorCode;
  /** One sentence: what to do. */
  readonly hint: string;

  constructor(code: WebhooksErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
