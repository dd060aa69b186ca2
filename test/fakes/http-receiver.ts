import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server on 127.0.0.1 that keeps what it receives and answers as it is told. */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** The status of each answer and its headers; undefined never answers. */
  answer: (request: ReceivedRequest) => { status: number; headers?: Record<string, string> } | undefined = () => ({
    status: 200,
  });
  readonly #server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const received = { path: request.url ?? '', headers: request.headers, body };
      this.requests.push(received);
      const answer = this.answer(received);
      if (answer) response.writeHead(answer.status, answer.headers).end('secret of the target');
      for (const look of [...this.#listeners]) look();
    });
  });
  readonly #listeners = new Set<() => void>();

  /** Listens, on a port that the system chooses, or on the one it had before. */
  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    // A TCP server's address is an AddressInfo once it listens.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when what was received is as the test wants it. */
  until(isSo: (requests: readonly ReceivedRequest[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo(this.requests)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Is down from now on. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
