import { type NamedText, withNames } from './names-for-text.ts';
import type { Exported, TypeReader } from './type-reader.ts';

const elsewhere = [
  ['@orpc/client', ['AsyncIteratorClass']],
  [
    '@orpc/contract',
    ['ContractProcedureBuilderWithInputOutput', 'ContractProcedureBuilderWithOutput', 'MergedErrorMap', 'Schema'],
  ],
  ['zod/v4/core', ['\\$strip', '\\$strict']],
  ['zod', ['Zod[A-Z]\\w*']],
  ['./client.js', ['ErrorCode']],
] as const;

/** Writes the declarations of `dli/contract`: what is zod's stays zod's, and a schema within another one is named. */
export function contractTypes(reader: TypeReader, exported: readonly Exported[]): string {
  const named = exported
    .filter(({ kind, name }) => kind === 'constant' && name.endsWith('Schema'))
    .map((one): NamedText => [reader.textOf(one), `typeof ${one.name}`])
    .filter(([text]) => /^Zod(Object|Enum)</.test(text));
  const declarations = exported.map((one) => {
    const others = named.filter(([, name]) => name !== `typeof ${one.name}`);
    const declared =
      one.kind === 'alias' ? one.source : `export declare const ${one.name}: ${withNames(reader.textOf(one), others)};`;
    return `${one.comment}\n${declared}\n`;
  });
  // An object without fields, in words that the linter has no doubt about.
  const text = declarations.join('\n').replaceAll('ZodObject<{}, ', 'ZodObject<Record<never, never>, ');
  return `${elsewhere.flatMap(([module, names]) => importOf(module, usedNames(text, names))).join('\n')}\n\n${text}`;
}

function usedNames(text: string, patterns: readonly string[]): readonly string[] {
  const found = text.matchAll(new RegExp(`(?<![\\w.'])(?:${patterns.join('|')})(?!\\w)`, 'g'));
  return [...new Set(Array.from(found, ([name]) => name))].toSorted();
}

/** Writes the import of types, where there are any. */
export function importOf(module: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`import type { ${names.join(', ')} } from '${module}';`];
}
