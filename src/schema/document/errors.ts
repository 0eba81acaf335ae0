/** The grammar of errors.yaml: names, numbers and public sentences of errors. Must not know who throws them. */
import { Complaints } from '../complaint.ts'
import { readDocuments, type SourceFile } from '../source.ts'
import { fit, flag, isRecord, type Shape, text } from './shape.ts'

export interface ErrorRow {
  readonly name: string
  readonly status: number
  readonly message: string
  readonly retryable: boolean
  readonly securityIncident: boolean
  readonly description?: string
}

export const errorsShape: Shape = {
  is: 'record',
  members: {
    errors: {
      required: true,
      doc: 'The errors by name.',
      shape: {
        is: 'map',
        names: { pattern: /^[A-Z][A-Z0-9_]{0,62}$/, says: 'error name (capitals, digits and _)' },
        of: {
          is: 'record',
          members: {
            status: { shape: { is: 'integer', min: 400, max: 599 }, required: true, doc: 'The number on the wire.' },
            message: { shape: text, required: true, doc: 'The public sentence.' },
            retryable: { shape: flag, doc: 'The same call may succeed later without any change.' },
            security_incident: { shape: flag, doc: 'Always logged and audited, and an administrator is told.' },
            description: { shape: text, doc: 'When it is thrown, and which details it carries.' },
          },
        },
      },
    },
  },
}

/** The rows of errors.yaml in their order. Throws VALIDATION_ERROR with all complaints. */
export function parseErrors(file: SourceFile): ErrorRow[] {
  const complaints = new Complaints()
  const rows: ErrorRow[] = []
  for (const document of readDocuments(file, complaints)) {
    const found = fit({ document, complaints }, errorsShape, document.value, '')
    const errors = isRecord(found) && isRecord(found.errors) ? found.errors : {}
    for (const [name, row] of Object.entries(errors)) {
      if (!isRecord(row)) continue
      rows.push({
        name,
        status: Number(row.status),
        message: String(row.message),
        retryable: row.retryable === true,
        securityIncident: row.security_incident === true,
        ...(row.description === undefined ? {} : { description: String(row.description) }),
      })
    }
  }
  complaints.throwIfAny()
  return rows
}
