import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  NodeBuilderFlags,
  type Project,
  SignatureKind,
  SymbolFlags,
  type Type,
  type Symbol as TypeSymbol,
} from 'typescript/unstable/sync';

const textFlags =
  NodeBuilderFlags.NoTruncation |
  NodeBuilderFlags.InTypeAlias |
  NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope |
  NodeBuilderFlags.UseSingleQuotesForStringLiteralType;

/** Something that a module exports, with the text of its declaration in the source. */
export interface Exported {
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'alias' | 'function' | 'constant';
  readonly symbol: TypeSymbol;
  readonly isOptional: boolean;
  /** The doc comment as it is written, or nothing. */
  readonly comment: string;
  readonly source: string;
}

/** What the compiler knows of this repository's types, as text. Types are written out, in one line. */
export class TypeReader {
  readonly #api: API;
  readonly #project: Project;

  /** Opens the project of a `tsconfig.json`. */
  constructor(tsconfig: string) {
    this.#api = new API({ cwd: process.cwd() });
    const project = this.#api.updateSnapshot({ openProjects: [tsconfig] }).getProjects()[0];
    if (!project) throw new TypeError(`${tsconfig} does not open`);
    this.#project = project;
  }

  get #checker(): Checker {
    return this.#project.checker;
  }

  /** Ends the compiler's process. */
  close(): void {
    this.#api.close();
  }

  /** Lists what a file exports, by name. */
  exportsOf(file: string): readonly Exported[] {
    const source = this.#project.program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (!module) throw new TypeError(`${file} is no module`);
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => this.#exported(symbol.name, this.#target(symbol)))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Writes out the type that a name stands for, or that a value has. */
  textOf({ symbol }: Pick<Exported, 'symbol'>): string {
    return this.#text(this.#typeOf(symbol));
  }

  #text(type: Type): string {
    return this.#checker.typeToString(type, undefined, textFlags);
  }

  #typeOf(symbol: TypeSymbol): Type {
    const type =
      symbol.flags & SymbolFlags.Type
        ? this.#checker.getDeclaredTypeOfSymbol(symbol)
        : this.#checker.getTypeOfSymbol(symbol);
    if (!type) throw new TypeError(`${symbol.name} has no type`);
    return type;
  }

  /** Lists the public members of a class or of an object's type, in the order of their declaration. */
  membersOf(symbol: TypeSymbol): readonly Exported[] {
    return this.#checker
      .getPropertiesOfType(this.#typeOf(symbol))
      .filter(({ name }) => !name.includes('#'))
      .map((member) => this.#exported(member.name, member));
  }

  /** Writes out what an operation of oRPC takes, as a tuple, and what it gives in the end; undefined for everything else. */
  callOf(symbol: TypeSymbol): { readonly parameters: string; readonly result: string } | undefined {
    const [signature] = this.#checker.getSignaturesOfType(this.#typeOf(symbol), SignatureKind.Call);
    const result = signature && this.#checker.getReturnTypeOfSignature(signature);
    const parameters = signature?.getParameters()[0];
    // oRPC's promise is one of two parts: a promise, and the types of errors that this client does not throw.
    const promise = result?.isIntersectionType() ? result.getTypes()[0] : result;
    if (!promise?.isTypeReference() || !parameters) return undefined;
    const [awaited] = this.#checker.getTypeArguments(promise);
    const tuple = this.#text(this.#typeOf(parameters));
    return awaited && tuple.startsWith('[') ? { parameters: tuple, result: this.#text(awaited) } : undefined;
  }

  #target(symbol: TypeSymbol): TypeSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #exported(name: string, symbol: TypeSymbol): Exported {
    const node = symbol.declarations[0]?.resolve(this.#project);
    const { comment, source } = node ? declarationText(node) : { comment: '', source: '' };
    const isOptional = (symbol.flags & SymbolFlags.Optional) !== 0;
    return { name, kind: kindOf(symbol), symbol, isOptional, comment, source };
  }
}

function kindOf({ flags }: TypeSymbol): Exported['kind'] {
  if (flags & SymbolFlags.Class) return 'class';
  if (flags & SymbolFlags.Interface) return 'interface';
  if (flags & SymbolFlags.TypeAlias) return 'alias';
  return flags & (SymbolFlags.Function | SymbolFlags.Method) ? 'function' : 'constant';
}

/** The comment of a constant stands before its whole statement. */
function declarationText(node: Node): { readonly comment: string; readonly source: string } {
  const isConstant = node.kind === SyntaxKind.VariableDeclaration;
  const whole = isConstant ? (node.parent?.parent ?? node) : node;
  const text = whole.getSourceFile().text;
  const start = whole.getStart();
  const comments = text.slice(whole.pos, start).match(/\/\*\*[\s\S]*?\*\//g);
  return { comment: comments?.at(-1) ?? '', source: text.slice(start, whole.end) };
}
