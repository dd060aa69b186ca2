import { isContractProcedure } from '@orpc/contract';
import { apiPrefix, contract } from '../../src/contract/contract.ts';

/** Writes the doc comment of an operation, such as `['workflow', 'run']`, from its route; undefined when the contract has none. */
export function operationComment(path: readonly string[]): string | undefined {
  const procedure = partAt(path);
  if (!isContractProcedure(procedure)) return undefined;
  const { route, errorMap } = procedure['~orpc'];
  const sentences = [route.summary, route.description].flatMap((text) => (text === undefined ? [] : [ended(text)]));
  return [
    '/**',
    ` * ${sentences.join(' ')} (\`${route.method} ${apiPrefix}${route.path}\`)`,
    ' *',
    ` * @throws ${Object.keys(errorMap).toSorted().join(', ')}`,
    ' */',
  ].join('\n');
}

/** Tells whether the contract has a group of operations at a path, such as `['workflow']`. */
export function isGroup(path: readonly string[]): boolean {
  const part = partAt(path);
  return typeof part === 'object' && part !== null && !isContractProcedure(part);
}

function partAt(path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, name) => (typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined),
    contract,
  );
}

function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}
