/** What the codes of both API clients mean to whoever wrote the tenants file, and what to do. */
export const EXPLAINED_CODES: Readonly<Record<string, string>> = {
  CREDENTIALS_REFUSED: 'The credentials are refused: check them, and whether they have been revoked.',
  RATE_LIMITED: 'Too many calls are being made on this account: try again in some minutes.',
  QUOTA_SPENT: "The month's calls are used up.",
  NOT_FOUND: 'There is no such API at the base URL.',
  UNAVAILABLE: 'The system does not answer: check the base URL and the network.',
  TIMEOUT: 'The system does not answer in time: check the base URL and the network.',
  CONNECTION_LOST: 'The connection broke: check the base URL and the network.',
  NONSENSE_ANSWER: 'What answers there is not this API: check the base URL.',
};
