/** errors.yaml to the text of src/errors/table.ts. Pure; must not know who uses the table. */
import type { ErrorRow } from '../schema/document/errors.ts'

/** The whole file, ready to be written; a test holds the committed one equal to it. */
export function errorTableText(rows: readonly ErrorRow[]): string {
  const lines = rows.map((row) => `  ${row.name}: { status: ${row.status}, message: ${literal(row.message)}, retryable: ${row.retryable} },`)
  return `/** Error names, numbers and public sentences. Generated from api/schema/errors.yaml by \`dbal generate\`; do not edit. */
export const errorTable = {
${lines.join('\n')}
} as const satisfies Record<string, { status: number; message: string; retryable: boolean }>

export type ErrorName = keyof typeof errorTable
`
}

function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
}
