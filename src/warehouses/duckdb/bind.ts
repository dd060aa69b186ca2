import type { BoundStatement } from '../warehouse.ts';
import type { BindInput } from './child-protocol.ts';
import type { Session } from './session.ts';
export async function bindStatements(_session: Session, _input: BindInput): Promise<readonly BoundStatement[]> {
  return [];
}
