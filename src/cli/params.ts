import { DliError } from '../contract/errors.ts';

/** Reads `-p name=value` options; values stay text, and the spec's types convert them. @throws DLI-400 when one is malformed or given twice */
export function readParams(texts: readonly string[]): Readonly<Record<string, string>> {
  const params = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new DliError('DLI-400', `Parameter '${text}' is not name=value`, {
        hints: ['Write it like: -p execution_date=2024-01-15'],
      });
    }
    const name = text.slice(0, at);
    if (params.has(name)) {
      throw new DliError('DLI-400', `Parameter '${name}' is given twice`, { hints: ['Give each parameter once'] });
    }
    params.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(params);
}
