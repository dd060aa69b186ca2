/**
 * Finds names that nothing defines and that go into a filter: `{{ typo | upper }}`. The template engine refuses unknown names
 * everywhere else, but its own filters take one as an empty text.
 */
import type { Problem } from '../contract/errors.ts';
import { nearestName } from '../core/did-you-mean.ts';
import type { SqlText } from './dataset-spec.ts';
import { templateCode } from './template-code.ts';
import { placeIn } from './template-errors.ts';

const literals: readonly string[] = ['true', 'false', 'none', 'True', 'False', 'None', 'loop', 'self'];

/** Finds the first such name; `known` holds every variable, function and declared parameter. */
export function unknownFilteredName(text: SqlText, known: readonly string[]): Problem | undefined {
  const pieces = templateCode(text.sql);
  const defined = new Set([...known, ...literals, ...pieces.flatMap(({ code }) => definedNames(code))]);
  for (const { code, offset } of pieces) {
    for (const match of code.matchAll(/(?<![.\w|]\s*)\b([A-Za-z_]\w*)\s*\|\s*(\w+)/g)) {
      const [, name = '', filter = ''] = match;
      if (defined.has(name) || filter === 'default' || filter === 'd') continue;
      const nearest = nearestName(name, known);
      const suggestion = nearest === undefined ? '.' : `; did you mean '${nearest}'?`;
      const before = text.sql.slice(0, offset + match.index).split('\n');
      const place = placeIn(text.origin, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
      return { ...place, message: `Unknown name '${name}'${suggestion} Known: ${known.join(', ')}` };
    }
  }
  return undefined;
}

// What `set`, `for`, `macro`, `with` and `call` define; names in what they are set to are harmless in this list.
function definedNames(code: string): readonly string[] {
  const statement = /^[-+]?\s*(?:set|for|macro|with|call|filter)\b(.*)$/s.exec(code)?.[1];
  const head = statement?.split(/\bin\b|=(?!=)/)[0];
  return head === undefined ? [] : [...(statement ?? head).matchAll(/[A-Za-z_]\w*/g)].map(([name]) => name);
}
