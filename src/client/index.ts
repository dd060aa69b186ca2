/** The package's `dli/client`. */
export { BasecampClient, type CallContext, type ClientOptions } from './basecamp-client.ts';
export { followBackfill, waitForRun } from './wait.ts';
