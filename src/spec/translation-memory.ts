/**
 * Remembers translations of texts that differ only in date-like string literals, which is what the dates of a backfill
 * produce, because a translation takes about 1 ms.
 *
 * A text is split into a skeleton and its date-like literals. The first time, the skeleton is translated twice: with its
 * own literals, and with others of the same form that are all different. Where every other literal comes out as it went in
 * and filling in the own ones gives exactly the direct translation, the skeleton is kept; otherwise it never is. Literals
 * of other forms, numbers and comments are part of the skeleton, and so is which literals are equal to each other.
 */
import { addDays, isCalendarDate } from '../core/calendar-date.ts';
import type { SqlResult } from './sql.ts';
import { tokenizeSql } from './sql-tokens.ts';

/** A translation of one text. */
export type Translate = (sql: string) => SqlResult<string>;

/** Translates, from memory where that is certain to give the same. */
export interface TranslationMemory {
  readonly translate: (sql: string, pair: string, direct: Translate) => SqlResult<string>;
}

/** A translated skeleton: what stands before each literal, which literal it is, and what stands behind the last. */
interface Skeleton {
  readonly gaps: readonly { readonly before: string; readonly literal: number }[];
  readonly end: string;
}

interface Split {
  readonly key: string;
  /** The text with the literals taken out: one part more than literals. */
  readonly parts: readonly string[];
  readonly literals: readonly string[];
}

const mostEntries = 1_000;

/** Creates a memory. The least recently used translations are forgotten first. */
export function createTranslationMemory(): TranslationMemory {
  const skeletons = new Map<string, Skeleton | null>();
  return {
    translate: (sql, pair, direct) => {
      const split = splitLiterals(sql);
      const key = `${pair}\n${split.key}`;
      const known = skeletons.get(key);
      if (known) {
        // Moved to the end: the front is what is forgotten first.
        skeletons.delete(key);
        skeletons.set(key, known);
        return { ok: true, value: fill(known, split.literals) };
      }
      const result = direct(sql);
      if (known === null || !result.ok) return result;
      skeletons.set(key, learn(split, { translated: result.value, direct }));
      if (skeletons.size > mostEntries) skeletons.delete(skeletons.keys().next().value ?? '');
      return result;
    },
  };
}

function learn(
  { parts, literals }: Split,
  { translated, direct }: { readonly translated: string; readonly direct: Translate },
): Skeleton | null {
  const probes = literals.map((literal, index) => probeFor(literal, literals.indexOf(literal), index));
  const known = probes.filter((probe) => probe !== undefined);
  if (known.length !== literals.length) return null;
  const probeText = parts.map((part, index) => part + (known[index] ?? '')).join('');
  if (known.some((probe) => parts.some((part) => part.includes(probe)))) return null;
  const result = direct(probeText);
  if (!result.ok) return null;
  const skeleton = cut(result.value, known);
  return fill(skeleton, literals) === translated ? skeleton : null;
}

function cut(translated: string, probes: readonly string[]): Skeleton {
  const gaps: { before: string; literal: number }[] = [];
  let before = '';
  for (const { kind, text } of tokenizeSql(translated)) {
    const literal = kind === 'string' ? probes.indexOf(text) : -1;
    if (literal === -1) before += text;
    else {
      gaps.push({ before, literal });
      before = '';
    }
  }
  return { gaps, end: before };
}

function fill({ gaps, end }: Skeleton, literals: readonly string[]): string {
  return gaps.map(({ before, literal }) => before + (literals[literal] ?? '')).join('') + end;
}

function splitLiterals(sql: string): Split {
  const parts: string[] = [];
  const literals: string[] = [];
  let part = '';
  let previous = '';
  for (const { kind, text } of tokenizeSql(sql)) {
    // A word that touches a literal is its prefix (E'…', X'…') and changes what it means.
    const form = kind === 'string' && previous !== 'word' ? formOf(text) : undefined;
    if (form === undefined) part += text;
    else {
      parts.push(part);
      literals.push(text);
      part = '';
    }
    previous = kind;
  }
  parts.push(part);
  const equal = literals.map((literal) => `${literals.indexOf(literal)}${formOf(literal)}`);
  return { key: JSON.stringify([parts, equal]), parts, literals };
}

const forms: readonly (readonly [string, RegExp])[] = [
  ['date', /^'(\d{4}-\d{2}-\d{2})'$/],
  ['day', /^'(\d{8})'$/],
  ['instant', /^'(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?'$/],
  ['run', /^'[A-Za-z_][\w.-]*_(\d{8})_\d{6}(_\d{1,6})?'$/],
];

function formOf(literal: string): string | undefined {
  for (const [name, shape] of forms) {
    const match = shape.exec(literal);
    if (!match) continue;
    const digits = (match[1] ?? '').replaceAll('-', '');
    const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
    // What surrounds the date stays part of the form, so that only the date may differ.
    return isCalendarDate(date)
      ? `${name}:${name === 'run' ? literal.replace(/\d/g, '0') : literal.slice(11)}`
      : undefined;
  }
  return undefined;
}

function probeFor(literal: string, first: number, index: number): string | undefined {
  // Literals that are equal stay equal, because that is part of the key.
  const date = addDays('1903-02-01', 37 * Math.min(first, index));
  if (date === undefined) return undefined;
  const dashed = literal.replace(/\d{4}-\d{2}-\d{2}/, date);
  return dashed === literal ? literal.replace(/\d{8}/, date.replaceAll('-', '')) : dashed;
}
