import type { Visitor } from '../pages/visitor';
import type { Client, People, Person } from './people';
import { test as base } from './test';

export { demo, expect } from './test';

/** A client of one test alone, so that it may be changed; the visitor has full access to it and is signed in. */
export interface House {
  client: Client;
  owner: Person;
  /** Somebody else who belongs to it. */
  join(wishes?: Parameters<People['join']>[0]): Promise<Person>;
  /** Somebody of it in front of a browser of their own, signed in. */
  enter(person: Person): Promise<Visitor>;
}

export const test = base.extend<{ house: House }>({
  house: async ({ visitor, another, people, language }, use) => {
    const { client, owner } = await people.found('Calluna & Söhne', { language });
    visitor.slug = client.slug;
    await visitor.enter(owner, people);
    await use({
      client,
      owner,
      join: (wishes) => people.join({ language, client: client.slug, ...wishes }),
      enter: async (person) => {
        const other = await another({ language: person.language });
        other.slug = client.slug;
        await other.enter(person, people);
        return other;
      },
    });
  },
});

/** How a person is called in lists. */
export function called({ first, last }: Pick<Person, 'first' | 'last'>): string {
  return `${first} ${last}`;
}
