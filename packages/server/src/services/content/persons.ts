/** People as answers about content show them. */
import { createHash } from 'node:crypto';

export interface Person {
  readonly id: number;
  readonly login: string;
  readonly email: string;
}

export interface Persons {
  /** Users and service accounts by id; those that are gone are missing. */
  byId(ids: readonly number[]): Promise<ReadonlyMap<number, Person>>;
}

/** `{id, name, avatarUrl}` of somebody, or of somebody who is gone. */
export function personBody(persons: ReadonlyMap<number, Person>, id: number, subPath: string): { id: number; name: string; avatarUrl: string } {
  const person = persons.get(id);
  return { id, name: person?.login ?? '', avatarUrl: avatarUrl(person ? person.email || person.login : '', subPath) };
}

export const avatarUrl = (emailOrLogin: string, subPath: string): string =>
  emailOrLogin === '' ? '' : `${subPath}/avatar/${createHash('md5').update(emailOrLogin.trim().toLowerCase()).digest('hex')}`;
