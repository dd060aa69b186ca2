import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail that arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly text: string;
}

/** Why a recipient is not taken; SMTP's reply code. */
type Refusal = Error & { responseCode: number };

/** A real SMTP server on 127.0.0.1 that keeps what it receives. */
export class MailReceiver {
  readonly mails: ReceivedMail[] = [];
  /** Before a mail is acknowledged; never resolving leaves the sender in doubt. */
  beforeAnswer: () => Promise<void> = async () => undefined;
  /** The reply to a recipient that is not taken; undefined takes it. */
  refusal: (address: string) => number | undefined = () => undefined;
  readonly #listeners = new Set<() => void>();
  readonly #server: SMTPServer;

  constructor({ user, password }: { readonly user?: string; readonly password?: string } = {}) {
    this.#server = new SMTPServer({
      authOptional: user === undefined,
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      onAuth: ({ username, password: given }, _session, answer) =>
        username === user && given === password ? answer(null, { user: username }) : answer(new Error('Invalid login')),
      onRcptTo: ({ address }, _session, answer) => {
        const responseCode = this.refusal(address);
        answer(
          responseCode === undefined ? null : (Object.assign(new Error('not taken'), { responseCode }) as Refusal),
        );
      },
      onData: (stream, { envelope }, answer) => {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('end', () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          const to = envelope.rcptTo.map(({ address }) => address);
          this.mails.push({ from, to, text: Buffer.concat(pieces).toString() });
          for (const look of [...this.#listeners]) look();
          void this.beforeAnswer().then(() => answer());
        });
      },
    });
  }

  /** Listens on a port that the system chooses; tells its address. */
  open(): Promise<string> {
    return new Promise((resolve) => {
      const listening = this.#server.listen(0, '127.0.0.1', () => {
        // A TCP server's address is an AddressInfo once it listens.
        resolve(`127.0.0.1:${(listening.address() as AddressInfo).port}`);
      });
    });
  }

  /** Resolves when there are this many mails. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.mails.length < count) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
