import { fieldComment } from './field-comments.ts';
import { isWorthNaming, type NamedText, withNames } from './names-for-text.ts';
import { isGroup, operationComment } from './operation-comments.ts';
import type { Exported, TypeReader } from './type-reader.ts';

const header = `/** A value of JSON. */
export type JSONType = string | number | boolean | null | JSONType[] | { [key: string]: JSONType };

/** What a call takes besides its input. */
export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  readonly context?: CallContext | undefined;
  /** Where a stream goes on: the id of the last event that came. */
  readonly lastEventId?: string | undefined;
}
`;

/** Writes the declarations of an entry whose types need nobody else's: shapes are written out, names are put where they fit. */
export function entryTypes(reader: TypeReader, exported: readonly Exported[], known: readonly NamedText[]): string {
  return exported.map((one) => `${one.comment}\n${declaration(one, { reader, known })}\n`).join('\n');
}

/** Writes the declarations of `dli/client`. */
export function clientTypes(reader: TypeReader, exported: readonly Exported[]): string {
  return `${header}\n${entryTypes(reader, exported, namedShapes(reader, exported))}`;
}

/** Lists the shapes that have a name. */
export function namedShapes(reader: TypeReader, exported: readonly Exported[]): readonly NamedText[] {
  return exported
    .filter(({ kind }) => kind === 'alias')
    .map((one): NamedText => [reader.textOf(one), one.name])
    .filter(([text]) => isWorthNaming(text));
}

interface Printing {
  readonly reader: TypeReader;
  readonly known: readonly NamedText[];
}

function declaration(one: Exported, printing: Printing): string {
  const { reader, known } = printing;
  if (one.kind === 'interface') return one.source.startsWith('export') ? one.source : `export ${one.source}`;
  if (one.kind === 'class') return classDeclaration(one, printing);
  const text = reader.textOf(one);
  if (one.kind === 'alias') {
    const others = known.filter(([, name]) => name !== one.name);
    const shape =
      text.startsWith('{ [') || !text.startsWith('{')
        ? withNames(text, others)
        : fields(one, { reader, known: others });
    return `export type ${one.name} = ${shape};`;
  }
  return `export declare const ${one.name}: ${withNames(text, known)};`;
}

function fields(one: Exported, { reader, known }: Printing): string {
  const lines = reader.membersOf(one.symbol).map((field) => {
    const comment = fieldComment(one.source, field.name);
    const text = withNames(reader.textOf(field), known);
    return `${comment === undefined ? '' : `/** ${comment} */`}\n${field.name}${field.isOptional ? '?' : ''}: ${text};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function classDeclaration(one: Exported, printing: Printing): string {
  const [, base] = /^export class \w+ (extends \w+)/.exec(one.source) ?? [];
  const [, constructorComment = '', parameters = ''] =
    /((?:\/\*\*(?:(?!\*\/).)*\*\/\s*)?)constructor\((.*?)\) \{/s.exec(one.source) ?? [];
  // What the base class declares is declared there.
  const own = printing.reader.membersOf(one.symbol).filter(({ source }) => one.source.includes(source));
  return [
    `export declare class ${one.name} ${base ?? ''} {`,
    ...own.map((member) => `${member.comment}\n${modifier(member)}${member.name}: ${memberType(member, printing)};`),
    `${constructorComment}constructor(${withoutDefaults(parameters)});`,
    '}',
  ].join('\n');
}

function modifier({ source }: Exported): string {
  return /^(override )?readonly /.test(source) ? 'readonly ' : '';
}

/** What is derived from the contract is written out, operation by operation; everything else is as its type says. */
function memberType(member: Exported, printing: Printing): string {
  const { reader, known } = printing;
  if (/^readonly \w+ = \{/.test(member.source)) return ownGroup(member, printing);
  if (!/\bCalls\b/.test(member.source)) return withNames(reader.textOf(member), known);
  // `calls` holds every group of the contract, the others are one group each.
  return groupType(member, member.name === 'calls' ? [] : [member.name], printing);
}

/** A group that the class makes itself: its methods are as their types and comments say. */
function ownGroup(group: Exported, printing: Printing): string {
  const methods = printing.reader
    .membersOf(group.symbol)
    .map(
      (one) => `${one.comment}\n${one.name}: ${asIterator(withNames(printing.reader.textOf(one), printing.known))};`,
    );
  return `{\n${methods.join('\n')}\n}`;
}

/** oRPC's class of iterators is what the platform calls an async iterator. */
function asIterator(text: string): string {
  return text.replaceAll('AsyncIteratorClass<', 'AsyncIteratorObject<');
}

function groupType(group: Exported, path: readonly string[], printing: Printing): string {
  const members = printing.reader.membersOf(group.symbol).map((one) => {
    const inside = [...path, one.name];
    if (isGroup(inside)) return `${one.name}: ${groupType(one, inside, printing)};`;
    return `${operationComment(inside) ?? one.comment}\n${one.name}${operationType(one, printing)};`;
  });
  return `{\n${members.join('\n')}\n}`;
}

function operationType(one: Exported, { reader, known }: Printing): string {
  const call = reader.callOf(one.symbol);
  if (call === undefined) return `: ${withNames(reader.textOf(one), known)}`;
  const parameters = call.parameters.slice(1, -1).replaceAll('FriendlyClientOptions<CallContext>', 'CallOptions');
  const result = asIterator(call.result);
  return `(${withNames(parameters, known)}): Promise<${withNames(result, known)}>`;
}

/** A declaration names parameters without taking them apart. */
function withoutDefaults(parameters: string): string {
  const named = parameters.replaceAll(/\{[^}]*\}(?=:)/g, 'options').replaceAll(/(\w+)(: [^=,]+) = [^,)]+/g, '$1?$2');
  return named.trim().replace(/,$/, '');
}
