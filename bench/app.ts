import { Access } from '../src/server/access.ts';
import { createApi } from '../src/server/api.ts';
import { readConfig } from '../src/server/config.ts';
import { createApp } from '../src/server/http.ts';
import { Metrics } from '../src/server/metrics.ts';
import { createRouter } from '../src/server/router.ts';
import { openServerLog } from '../src/server/server-log.ts';
import { Closers, wireParts } from '../src/server/wiring.ts';

/** The server's app in this process, without a port and without an engine at work. */
export interface BenchApp {
  /** Asks for a path of the API and reads the answer. */
  read(path: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens the app over a data folder. */
export function openApp(dataDir: string): BenchApp {
  const config = readConfig({ dataDir, port: 0, cwd: dataDir, env: {} });
  const closers = new Closers();
  const parts = wireParts(config, { env: {}, log: openServerLog(dataDir), closers });
  const status = () => {
    throw new Error('nothing here asks for the status');
  };
  const router = createRouter({ ...parts, status, isReady: () => true, closing: new AbortController().signal });
  const reportBug = (error: unknown) => {
    throw error;
  };
  const access = new Access({ ...parts, isPublic: false, trustedProxies: [] });
  const api = createApi(router, { reportBug, access });
  const app = createApp(api, { reportBug, access, metrics: new Metrics(parts.database, () => Date.now()) });
  return {
    read: async (path) => {
      const response = await app.request(`/api/v1${path}`);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${path} is answered with ${response.status}: ${text}`);
      return text;
    },
    close: () => closers.closeAll(),
  };
}
