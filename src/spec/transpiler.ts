import { hasPlainBackslash } from './dialects.ts';
import { loadSqlEngine, type SqlEngine, type SqlResult } from './sql.ts';
import { createTranslationMemory } from './translation-memory.ts';

/** Translates SQL and remembers what it translated. */
export interface Transpiler {
  readonly transpile: (
    sql: string,
    dialects: { readonly from: string; readonly to: string },
  ) => Promise<SqlResult<string>>;
  /** Loads the engines ahead of the first use: the template engine, and the SQL engine when `sql` is true. */
  readonly load: (which: { readonly sql: boolean }) => Promise<void>;
}

/** Creates a transpiler; the SQL engine is loaded when two dialects first differ. */
export function createTranspiler(): Transpiler {
  const memory = createTranslationMemory();
  let loading: Promise<SqlEngine> | undefined;
  const engine = () => {
    loading ??= loadSqlEngine();
    return loading;
  };
  return {
    transpile: async (sql, { from, to }) => {
      if (from === to) return { ok: true, value: sql };
      const loaded = await engine();
      const direct = (text: string) => loaded.transpile(text, { from, to });
      // The memory reads literals, which it can only where a quote is escaped by doubling it.
      return hasPlainBackslash(from) && hasPlainBackslash(to)
        ? memory.translate(sql, `${from} ${to}`, direct)
        : direct(sql);
    },
    load: async ({ sql }) => {
      await import('minijinja-js');
      if (sql) await engine();
    },
  };
}
