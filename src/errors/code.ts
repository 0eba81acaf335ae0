/** Error names as an object, for callers who compare: `error.code === DBALErrorCode.NOT_FOUND`. Knows the table alone. */
import { type ErrorName, errorTable } from './table.ts'

export const DBALErrorCode: { readonly [Name in ErrorName]: Name } = Object.freeze(
  Object.fromEntries(Object.keys(errorTable).map((name) => [name, name])) as { [Name in ErrorName]: Name },
)
export type DBALErrorCode = ErrorName
