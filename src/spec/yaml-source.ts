/** A YAML text with its places: reads it within bounds and finds the line and column of any value in it. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { Problem } from '../contract/errors.ts';
import type { TextOrigin } from './dataset-spec.ts';

/** The largest spec or SQL file that is read, in characters. */
export const largestText = 1_048_576;

const mostAliases = 100;
const mostFaults = 50;

/** Keys and indices that lead to a value. */
export type YamlPath = readonly (string | number)[];

/** A parsed YAML document that knows its places. */
export interface YamlSource {
  readonly file: string;
  readonly document: Document;
  /** The content as plain values. */
  readonly value: unknown;
  /** Finds where a value begins; a value that is missing is placed at the nearest that exists around it. */
  readonly place: (path: YamlPath) => Problem;
  /** Finds where a key is written. */
  readonly keyPlace: (path: YamlPath) => Problem;
  /** Finds where a text value begins. */
  readonly textOrigin: (path: YamlPath) => TextOrigin;
}

/** Reads one YAML document, or says everything that keeps it from being read. */
export function readYaml(
  text: string,
  file: string,
): { readonly ok: true; readonly source: YamlSource } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const refused = refuseText(text, file);
  if (refused) return { ok: false, problems: [refused] };
  try {
    return compose(text, file);
  } catch (error) {
    // The reader recurses, and a text that nests too deeply ends here.
    if (error instanceof RangeError) return { ok: false, problems: [{ file, message: 'The YAML nests too deeply' }] };
    throw error;
  }
}

/** Says why a file's text is not read at all: too large, or not text. */
export function refuseText(text: string, file: string): Problem | undefined {
  if (text.length > largestText) {
    return { file, message: `The file has ${text.length} characters where ${largestText} are allowed` };
  }
  const nul = text.indexOf('\0');
  if (nul === -1) return undefined;
  const before = text.slice(0, nul).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: 'The file has a NUL byte' };
}

function compose(text: string, file: string): ReturnType<typeof readYaml> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || document.contents === null) {
    return { ok: false, problems: [{ file, line: 1, column: 1, message: 'The file is empty' }] };
  }
  const faults = [...document.errors, ...document.warnings].map(
    (error): Problem => ({ file, ...at(error.pos[0]), message: describeFault(error.code, error.message) }),
  );
  for (const offset of duplicateKeys(document)) {
    faults.push({ file, ...at(offset), message: 'The same key is given twice' });
  }
  if (second) {
    const offset = second.range?.[0] ?? 0;
    faults.push({ file, ...at(offset), message: 'The file holds several YAML documents where one is allowed' });
  }
  if (faults.length > 0) return { ok: false, problems: firstOfEach(faults) };
  const content = unfold(document);
  if (!content.ok) return { ok: false, problems: [{ file, message: content.reason }] };
  return { ok: true, source: { file, document, value: content.value, ...places({ document, file, at, text }) } };
}

// The reader's own check compares every key with every other: minutes for a file of many keys.
function duplicateKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) offsets.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return offsets;
}

// One mistake can make the reader complain thousands of times; the first complaint of a line says it.
function firstOfEach(faults: readonly Problem[]): readonly Problem[] {
  return [...new Map(faults.toReversed().map((fault) => [fault.line, fault])).values()]
    .toReversed()
    .slice(0, mostFaults);
}

function unfold(
  document: Document,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: mostAliases }) };
  } catch (error) {
    // What the library throws for an alias that has no anchor, or whose content multiplies.
    if (!(error instanceof ReferenceError)) throw error;
    return { ok: false, reason: 'The YAML was not read: its aliases (*name) multiply or do not resolve' };
  }
}

function describeFault(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'Tabs are not allowed as indentation: use spaces';
  if (message.startsWith('Maximum call stack')) return 'The YAML nests too deeply';
  return message;
}

interface PlaceFinder {
  readonly document: Document;
  readonly file: string;
  readonly at: (offset: number) => { line: number; column: number };
  readonly text: string;
}

function places({ document, file, at, text }: PlaceFinder): Pick<YamlSource, 'place' | 'keyPlace' | 'textOrigin'> {
  const place = (path: YamlPath): Problem => {
    const offset = nodeAt(document, path)?.range?.[0];
    if (offset === undefined)
      return path.length === 0 ? { file, line: 1, column: 1, message: '' } : place(path.slice(0, -1));
    return { file, ...at(offset), message: '' };
  };
  const keyPlace = (path: YamlPath): Problem => {
    const offset = pairAt(document, path)?.key;
    const range = isScalar(offset) ? offset.range : undefined;
    return range ? { file, ...at(range[0]), message: '' } : place(path);
  };
  const textOrigin = (path: YamlPath): TextOrigin => {
    const node = nodeAt(document, path);
    const { line = 1, column = 1 } = place(path);
    if (!isScalar(node) || typeof node.value !== 'string') return { file, line, indent: 0, exact: false };
    if (node.type === 'BLOCK_LITERAL') {
      const first = node.value.split('\n')[0] ?? '';
      const raw = (text.split('\n')[line] ?? '').replace(/\r$/, '');
      return { file, line: line + 1, indent: Math.max(0, raw.length - first.length), exact: true };
    }
    const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    const plain = node.source === node.value && !node.value.includes('\n') && node.type !== 'BLOCK_FOLDED';
    return { file, line, indent: column - 1 + (quoted ? 1 : 0), exact: plain };
  };
  return { place, keyPlace, textOrigin };
}

function nodeAt(document: Document, path: YamlPath): Node | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isMap(node)) node = pairOf(node.items, step)?.value;
    else if (isSeq(node) && typeof step === 'number') node = node.items[step];
    else return undefined;
  }
  return node instanceof Object ? (node as Node) : undefined; // an item of a collection is a node, a pair or nothing
}

function pairAt(document: Document, path: YamlPath): Pair | undefined {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  return isMap(parent) && last !== undefined ? pairOf(parent.items, last) : undefined;
}

function pairOf(items: readonly Pair[], key: string | number): Pair | undefined {
  return items.find((pair) => (isScalar(pair.key) ? pair.key.value === key : pair.key === key));
}
