/** Errors for tests. */
import { ApiError, type ApiErrorCode, type ApiErrorDetails } from '#http-api';

/** An error as a client makes it. */
export function errorOf(code: ApiErrorCode, details: Omit<ApiErrorDetails, 'call'> = {}): ApiError {
  return new ApiError(code, 'as told', { call: 'POST /x', ...details });
}
