import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { repository } from './repository.ts';

/** A registry for npm. */
export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a registry on 127.0.0.1 and a port that the system chooses. It has `dli` as it was packed into `tarball`, and every
 * package that this repository has installed, so that a test installs as users do, but without the network.
 */
export async function startLocalRegistry(tarball: string): Promise<LocalRegistry> {
  const server = createServer((request, response) => {
    // `/zod` and `/@orpc%2fclient` tell about a package, `/zod/-/package.tar` is the package.
    const [name = '', file] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const folder = name === 'dli' ? repository : join(repository, 'node_modules', name);
    if (!existsSync(join(folder, 'package.json'))) response.writeHead(404).end('{}');
    else if (file === undefined) tellAbout(folder, { address: `http://${request.headers.host}/${name}`, response });
    else if (name === 'dli') createReadStream(tarball).pipe(response);
    // npm takes archives that are not compressed as well.
    else spawn('tar', ['-c', '-C', dirname(folder), basename(folder)]).stdout.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo once it listens.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close };
}

function tellAbout(
  folder: string,
  { address, response }: { readonly address: string; readonly response: ServerResponse },
): void {
  const manifest: { readonly name: string; readonly version: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const { name, version } = manifest;
  const versions = { [version]: { ...manifest, dist: { tarball: `${address}/-/package.tar` } } };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
}
