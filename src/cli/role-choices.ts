import type { Role } from '../contract/roles.ts';

/** The roles, as they are typed. */
export const roleChoices = {
  viewer: 'viewer',
  operator: 'operator',
  deployer: 'deployer',
  admin: 'admin',
} as const satisfies { readonly [role in Role]: role };
