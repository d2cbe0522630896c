const letters = 'BCDFGHJKLMNPQRSTVWXZ';

/** A code of the right form that is not this one; `salt` makes several of them. */
export function wrongCode(right: string, salt = 0): string {
  const first = letters.indexOf(right[0]);
  return letters[(first + 1 + salt) % letters.length] + right.slice(1);
}
