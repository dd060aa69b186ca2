import { traverseContractProcedures } from '@orpc/server';
import { apiPrefix, contract } from '../contract/contract.ts';
import { roleOf } from './admission.ts';

/** What the contract's routes say of a path, before anybody is asked to answer. */

interface Route {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly fields: readonly string[];
  readonly operation: readonly string[];
}

const routes = (() => {
  const known: Route[] = [];
  traverseContractProcedures({ router: contract, path: [] }, ({ contract: procedure, path: operation }) => {
    const { method = 'POST', path = '' } = procedure['~orpc'].route;
    const pattern = new RegExp(`^${apiPrefix}${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
    known.push({
      method,
      path: `${apiPrefix}${path}`,
      pattern,
      operation,
      fields: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name),
    });
  });
  return known;
})();

/** Where no token is needed. */
export const openPaths: ReadonlySet<string> = new Set(
  routes.filter(({ operation }) => roleOf(operation) === 'none').map(({ path }) => path),
);

/** The methods of paths without a field: `/workflows/sync` is no workflow that is called so, whatever the method. */
export const ownPaths = ((): ReadonlyMap<string, readonly string[]> => {
  const own = new Map<string, string[]>();
  for (const { method, path, fields } of routes) {
    if (fields.length === 0) own.set(path, [...(own.get(path) ?? []), method]);
  }
  return own;
})();

/** The fields that a request's path gives. */
export function pathFields(method: string, path: string): readonly string[] {
  return routes.find((route) => route.method === method && route.pattern.test(path))?.fields ?? [];
}

/** Which methods a path has; none when there is no such path. */
export function methodsOf(path: string): readonly string[] {
  const matching = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return ownPaths.get(path) ?? [...new Set(matching)];
}
