/** Headers by their name in lower case; one that came several times may be a list. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Looks a header up by its name in lower case, as `Headers` does. */
export interface HeaderSource {
  get(name: string): string | null;
}

/** A request to the API, whatever brought it. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: RequestHeaders;
  /** The address at the other end of the connection. @default unknown, as one address */
  readonly remoteAddress?: string | undefined;
  /** Aborts when whoever asked is gone. @default nobody notices */
  readonly signal?: AbortSignal | undefined;
  /** Reads a body of at most `largest` bytes; the empty text when there is none. @throws DLI-413 */
  readText(largest: number): Promise<string>;
}

/** Makes a record of headers answer by name. One that came several times reads as one, as in `Headers`. */
export function headerSource(headers: RequestHeaders): HeaderSource {
  return {
    get: (name) => {
      const value = headers[name];
      return (typeof value === 'object' ? value.join(', ') : value) ?? null;
    },
  };
}
