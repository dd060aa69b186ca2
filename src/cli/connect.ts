import { BasecampClient } from '../client/basecamp-client.ts';
import type { Io } from './io.ts';
import { nodeTransport } from './node-transport.ts';
import { findServer } from './settings.ts';

/** Makes the client of the server that `--server`, the environment or dli.yaml name. @throws DLI-400, DLI-504 */
export async function connectClient(
  io: Io,
  { server }: { readonly server: string | undefined },
): Promise<BasecampClient> {
  return new BasecampClient({
    ...(await findServer(io, { server })),
    actor: io.userName(),
    transport: nodeTransport,
  });
}
