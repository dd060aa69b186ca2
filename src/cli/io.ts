/** Where text goes. */
interface Writer {
  write(text: string): void;
}

/** Everything that the command line knows of the process around it, so that tests can stand in for it. */
export interface Io {
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Stdout is a terminal. */
  readonly isTty: boolean;
  /** Width of that terminal in cells. */
  readonly columns: number | undefined;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** The user's time zone: an IANA name, or `systemZone`. */
  readonly timeZone: string;
  readonly now: () => Date;
  /** Waits; rejects when the signal aborts first. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Who works here, as the system calls them; undefined where it does not know. */
  readonly userName: () => string | undefined;
}
