/** What the operator has to know of a provider. */
export interface Described {
  id: string;
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** The file that names these providers to Selfsame. */
export function providersFile(providers: Described[]): string {
  const entries = providers.map((provider) => {
    const { id, name, issuer, clientId: client_id, clientSecret: client_secret } = provider;
    const lines = Object.entries({ id, name, issuer, client_id, client_secret });
    return ['[[provider]]', ...lines.map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join('\n');
  });
  return entries.join('\n');
}

/** Somebody as the provider knows them: it has an address and a password of its own for them, or none at all. */
export interface Account {
  /** Who it is, for ever. */
  subject: string;
  /** What is typed there. */
  name: string;
  secret: string;
  email: string;
  verified: boolean;
}

/** The names on its own page; Selfsame has no say in them. */
export const page = {
  name: 'Login',
  secret: 'Secret',
  enter: 'Enter',
  wrong: 'Wrong login or secret.',
  giveUp: 'Give up',
};
