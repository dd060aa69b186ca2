import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { Io } from './io.ts';

/** Where the server is and with which token to speak to it. */
export interface ServerSettings {
  readonly url: string;
  readonly apiKey: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8081';
const fileName = 'dli.yaml';

/**
 * Finds the server, first match wins: `--server`, `DLI_SERVER_URL`, `server.url` in the nearest dli.yaml, this machine.
 * The token: `DLI_API_KEY`, then `server.api_key`.
 *
 * @throws DLI-504 when dli.yaml is wrong, with file and line
 */
export async function findServer(
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
  { server }: { readonly server: string | undefined },
): Promise<ServerSettings> {
  const url = server ?? (env.DLI_SERVER_URL || undefined);
  const apiKey = env.DLI_API_KEY || undefined;
  if (url !== undefined && apiKey !== undefined) return { url, apiKey };
  const file = nearestFile(cwd);
  const fromFile = file === undefined ? {} : await readSettings(file);
  return { url: url ?? fromFile.url ?? defaultUrl, apiKey: apiKey ?? fromFile.api_key };
}

function nearestFile(folder: string): string | undefined {
  const file = join(folder, fileName);
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestFile(parent);
}

const known = { '': ['server'], server: ['url', 'api_key'] };

async function readSettings(file: string): Promise<{ readonly url?: string; readonly api_key?: string }> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, prettyErrors: false });
  const wrong = (message: string, offset: number | undefined, hints: readonly string[]) => {
    const place = offset === undefined ? undefined : lines.linePos(offset);
    return new DliError('DLI-504', `${fileName} is not valid`, {
      problems: [{ message, file, ...(place ? { line: place.line, column: place.col } : {}) }],
      hints,
    });
  };
  const [syntaxError] = document.errors;
  if (syntaxError) throw wrong(syntaxError.message, syntaxError.pos[0], []);

  const readMap = (node: unknown, section: keyof typeof known) => {
    if (node === null || (isScalar(node) && node.value === null)) return [];
    if (!isMap(node))
      throw wrong(`${section || 'the file'} must be a mapping`, isScalar(node) ? node.range?.[0] : undefined, []);
    return node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      const offset = isScalar(key) ? key.range?.[0] : undefined;
      if (known[section].includes(name)) return { name, value, offset };
      throw wrong(`unknown key '${name}'`, offset, [
        ...didYouMean(name, known[section]),
        `Allowed: ${known[section].join(', ')}`,
      ]);
    });
  };
  const [server] = readMap(document.contents, '');
  const entries = (server ? readMap(server.value, 'server') : []).map(({ name, value, offset }) => {
    if (isScalar(value) && typeof value.value === 'string') return [name, value.value] as const;
    throw wrong(`server.${name} must be text`, offset, []);
  });
  return Object.fromEntries(entries);
}
