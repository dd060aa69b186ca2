import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { DliError } from '../contract/errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';

const known = { '': ['server'], server: ['url', 'api_key'] };

/** Reads what a dli.yaml says of the server. @throws DLI-504 when it is wrong, with file and line */
export function readSettings(file: string): { readonly url?: string; readonly api_key?: string } {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, prettyErrors: false });
  const wrong = (message: string, offset: number | undefined, hints: readonly string[]) => {
    const place = offset === undefined ? undefined : lines.linePos(offset);
    return new DliError('DLI-504', `${basename(file)} is not valid`, {
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
