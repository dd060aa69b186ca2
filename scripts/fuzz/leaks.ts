/** What an answer or the server's log shows and must not. */

interface Exchange {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: number; readonly content: { readonly text?: string } };
}

const stackFrame = /\bat .{0,200}\.[cm]?[jt]s:\d+|node_modules/;
/** pino's level of errors. */
const errorLevel = 50;

/** Names the requests of a HAR report whose answers hold a stack trace. */
export function leaksIn(har: string): readonly string[] {
  const { log }: { log: { entries: readonly Exchange[] } } = JSON.parse(har);
  return log.entries
    .filter(({ response }) => stackFrame.test(response.content.text ?? ''))
    .map(({ request, response }) => `Stack trace in the answer ${response.status} of ${request.method} ${request.url}`);
}

/** Gives the lines of the server's log that report an error. */
export function bugsIn(log: string): readonly string[] {
  return log.split('\n').filter((line) => line !== '' && JSON.parse(line).level >= errorLevel);
}
