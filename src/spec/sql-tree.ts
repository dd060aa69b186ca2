/** Walks the parsed SQL of the SDK: plain JSON in which a node is an object with one key, its kind. */

/** A node of a parsed statement. */
export type SqlNode = Readonly<Record<string, unknown>>;

/** A table as SQL names it: its parts, joined by dots. */
export interface TableUse {
  readonly name: string;
  readonly writes: boolean;
}

// Kinds of statement that change a table, and where its name stands in them.
const targets: Readonly<Record<string, string>> = {
  insert: 'table',
  update: 'table',
  delete: 'table',
  truncate: 'table',
  merge: 'this',
  create_table: 'name',
  create_view: 'name',
  drop_table: 'names',
  drop_view: 'name',
  alter_table: 'name',
};

/** Lists the tables that statements read and write, without the names that WITH defines. */
export function tableUses(statements: readonly SqlNode[]): readonly TableUse[] {
  const found = new Map<string, TableUse>();
  const add = (name: string, writes: boolean) => found.set(`${writes} ${name}`, { name, writes });
  for (const statement of statements) visit(statement, { names: new Set(), add });
  return [...found.values()];
}

interface Scope {
  /** Names that WITH defines here, in lower case. */
  readonly names: ReadonlySet<string>;
  readonly add: (name: string, writes: boolean) => void;
}

function visit(value: unknown, scope: Scope): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, scope);
    return;
  }
  if (!isNode(value)) return;
  const inside = withNames(value, scope);
  for (const [kind, inner] of Object.entries(value)) {
    if (kind === 'table' && isTable(inner)) readTable(inner, inside);
    else if (kind === 'using' || kind === 'source') visitBareTables(inner, inside);
    else visitKind(kind, { inner, scope: inside });
  }
}

function visitKind(kind: string, { inner, scope }: { readonly inner: unknown; readonly scope: Scope }): void {
  const key = targets[kind];
  if (key === undefined || !isNode(inner)) {
    visit(inner, scope);
    return;
  }
  for (const table of tablesIn(inner[key])) scope.add(nameOf(table), true);
  // The target is not read; everything else in the statement may be.
  visit(Object.fromEntries(Object.entries(inner).filter(([name]) => name !== key)), scope);
}

function withNames(node: SqlNode, scope: Scope): Scope {
  const clause = node.with;
  if (!isNode(clause) || !Array.isArray(clause.ctes)) return scope;
  const own = clause.ctes.flatMap((cte: unknown) =>
    isNode(cte) && isNode(cte.alias) ? String(cte.alias.name).toLowerCase() : [],
  );
  return { ...scope, names: new Set([...scope.names, ...own]) };
}

// DELETE … USING and CREATE … LIKE hold tables without the kind around them.
function visitBareTables(inner: unknown, scope: Scope): void {
  for (const item of Array.isArray(inner) ? inner : [inner]) {
    if (isTable(item)) readTable(item, scope);
    else visit(item, scope);
  }
}

function readTable(table: SqlNode, scope: Scope): void {
  const name = nameOf(table);
  if (name.includes('.') || !scope.names.has(name.toLowerCase())) scope.add(name, false);
}

function tablesIn(value: unknown): readonly SqlNode[] {
  if (Array.isArray(value)) return value.flatMap(tablesIn);
  if (!isNode(value)) return [];
  if (isTable(value)) return [value];
  return Object.values(value).flatMap((inner) => (isNode(inner) ? tablesIn(inner) : []));
}

function nameOf(table: SqlNode): string {
  return [table.catalog, table.schema, table.name].flatMap((part) => (isNode(part) ? String(part.name) : [])).join('.');
}

function isTable(value: unknown): value is SqlNode {
  return isNode(value) && isNode(value.name) && typeof value.name.name === 'string' && 'schema' in value;
}

function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
