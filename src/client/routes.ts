import { isContractProcedure } from '@orpc/contract';
import { apiPrefix, contract } from '../contract/contract.ts';

/** How an operation of the contract is sent. */
export interface Route {
  readonly method: string;
  /** Below `routePrefix`, with fields of the input in braces: `/workflows/{dataset}/run`. */
  readonly path: string;
  /** `detailed`: the input is `{ params, query, body }` instead of all fields in one object. */
  readonly input: 'compact' | 'detailed';
}

/**
 * The contract's routes by operation, such as `workflow.run`. `scripts/inline-routes.ts` puts the value in this module's place
 * when bundles are built, so that they carry neither the schemas nor the library that checks with them (20 ms of a start).
 */
export const routes: Readonly<Record<string, Route>> = Object.fromEntries(routesBelow(contract, []));

/** What every path begins with. */
export const routePrefix: string = apiPrefix;

function routesBelow(router: object, path: readonly string[]): readonly (readonly [string, Route])[] {
  return Object.entries(router).flatMap(([name, part]: [string, object]) => {
    if (!isContractProcedure(part)) return routesBelow(part, [...path, name]);
    const { method = 'POST', path: template = '', inputStructure: input = 'compact' } = part['~orpc'].route;
    return [[[...path, name].join('.'), { method, path: template, input }]];
  });
}
