/** The one entity that the language of rules itself refers to. In charge of its name only; logins bind the others (session/identity.ts). */

/** `$user.x` is field `x` of the caller's row of this entity (contract 6.5). */
export const accountEntity = 'User'
