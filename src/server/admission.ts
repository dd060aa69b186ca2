import { DliError } from '../contract/errors.ts';
import { operationRoles } from '../contract/operation-roles.ts';
import type { Role } from '../contract/roles.ts';
import { roleAllows } from '../core/access-rule.ts';

const roles: Readonly<Record<string, Readonly<Record<string, Role | 'none'>>>> = operationRoles;

/** The least role that an operation needs; `none` needs no token. An operation that nobody knows needs all. */
export function roleOf([noun = '', call = '']: readonly string[]): Role | 'none' {
  const calls = Object.hasOwn(roles, noun) ? roles[noun] : undefined;
  return (calls && Object.hasOwn(calls, call) ? calls[call] : undefined) ?? 'admin';
}

/** Refuses what a role may not do. @throws DLI-403 */
export function checkRole(
  operation: readonly string[],
  { actor, role }: { readonly actor: string; readonly role: Role | undefined },
): void {
  const needed = roleOf(operation);
  if (needed === 'none' || (role !== undefined && roleAllows(role, needed))) return;
  throw new DliError(
    'DLI-403',
    `'${actor}' is ${role === undefined ? 'nobody' : article(role)}, and this needs ${article(needed)}`,
    {
      hints: [`An admin makes a token that may: dli server token create --role ${needed}`],
    },
  );
}

function article(role: Role): string {
  return `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
}
