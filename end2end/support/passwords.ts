import type { Person } from './people';

/** A password that may not be chosen. */
export interface Unfit {
  what: string;
  password: string;
  /** The sentence that says so at the field. */
  why: [key: string, fill?: Record<string, number>];
}

/** What nobody may choose, wherever a new password is asked for, and least of all somebody of this name. */
export function unfitPasswords({ last }: Pick<Person, 'last'>): Unfit[] {
  return [
    { what: '11 characters', password: 'vq7-zhw-3kp', why: ['problem.too_short', { min: 12 }] },
    { what: '129 characters', password: longPassword(129), why: ['problem.too_long', { max: 128 }] },
    { what: 'a common one', password: 'passwordpassword', why: ['problem.common_password'] },
    { what: 'the own name', password: `${last}-4711-x`, why: ['problem.contains_own'] },
  ];
}

/** One of so many characters, which no other rule minds. */
export function longPassword(length: number): string {
  return 'vq7-zhw-3kp '.repeat(12).slice(0, length - 1) + '.';
}
