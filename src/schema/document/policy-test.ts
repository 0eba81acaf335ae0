/** The grammar of `*.policy.test.yaml`: rows, principals, calls and what they expect. What the parts mean belongs to policy-test. */
import { errorTable } from '../../errors/table.ts'
import { entityName, flag, memberName, names, type Shape, text, wordName } from './shape.ts'

const any: Shape = { is: 'any' }
const values: Shape = { is: 'map', names: memberName, of: any }
const role: Shape = { is: 'text', name: wordName }
const number: Shape = { is: 'integer', min: 0, max: 1_000_000 }
const errorNames = Object.keys(errorTable)

const principal: Shape = {
  is: 'either',
  says: 'a role, or a map such as {role: user, tenant: acme}',
  of: [
    role,
    {
      is: 'record',
      members: {
        role: { shape: role, required: true, doc: 'The role, exactly.' },
        id: { shape: text, doc: 'The id of the account; made from the name where absent.' },
        tenant: { shape: text, doc: 'The tenant that the caller belongs to.' },
        attributes: { shape: values, doc: 'What rules find in $user beside the row of the account.' },
        account: { shape: flag, doc: 'false: there is no row of this account.' },
      },
    },
  ],
}

const expectation: Shape = {
  is: 'either',
  says: 'ok, the name of an error, a number of rows, a list of rows, or a map',
  of: [
    { is: 'word', of: ['ok', ...errorNames] },
    number,
    { is: 'list', of: any },
    {
      is: 'record',
      members: {
        rows: { shape: { is: 'list', of: any }, doc: 'These rows and no others: names of given rows, or maps of values that a row must have.' },
        ordered: { shape: flag, doc: 'The rows come in this order.' },
        count: { shape: number, doc: 'So many rows, or this number.' },
        total: { shape: number, doc: 'The total of a page.' },
        fields: { shape: names, doc: 'Each row shows exactly these fields.' },
        hides: { shape: names, doc: 'No row shows any of these fields.' },
        row: { shape: values, doc: 'Values that the answered row has, among others.' },
        value: { shape: any, doc: 'The answer, exactly.' },
        error: { shape: { is: 'word', of: errorNames }, doc: 'The call is refused with this error.' },
        reason: { shape: text, doc: 'The reason that the caller is told.' },
        at: { shape: { is: 'list', of: text }, doc: 'The inputs that the refusal complains of, such as data.role.' },
      },
    },
  ],
}

const call: Shape = { is: 'list', of: any }
const callDoc = 'The method and its parameters, such as [update, Note, $milk, {title: Tea}].'

export const policyTestShape: Shape = {
  is: 'record',
  members: {
    description: { shape: text, doc: 'What the file is about.' },
    now: { shape: text, doc: 'The time of all calls; 2030-01-01T00:00:00.000Z where absent.' },
    tenant: { shape: text, doc: 'The tenant of every principal and row of the file that names none.' },
    principals: { shape: { is: 'map', names: memberName, of: principal }, doc: 'Who calls, by name. Roles, public and system need none.' },
    rows: {
      shape: { is: 'map', names: entityName, of: { is: 'map', names: memberName, of: values } },
      doc: 'The rows that each test begins with, by entity and name. What is required and not given is made up.',
    },
    tests: {
      shape: {
        is: 'list',
        of: {
          is: 'record',
          members: {
            name: { shape: text, doc: 'What is tested; the call where absent.' },
            as: {
              shape: { is: 'either', says: 'the name of a principal or role, or a list of them', of: [text, { is: 'list', of: text }] },
              doc: 'Who calls. Several: each in a world of its own.',
            },
            call: { shape: call, doc: callDoc },
            expect: { shape: expectation, doc: 'What the call is answered.' },
            who: { shape: { is: 'map', names: wordName, of: expectation }, doc: 'Instead of as and expect: who gets which answer.' },
            steps: {
              shape: {
                is: 'list',
                of: {
                  is: 'record',
                  members: {
                    as: { shape: text, required: true, doc: 'Who calls.' },
                    call: { shape: call, required: true, doc: callDoc },
                    expect: { shape: expectation, doc: 'What the call is answered; ok where absent.' },
                  },
                },
              },
              doc: 'Instead of a call: several, one after the other, in one world.',
            },
          },
        },
      },
      doc: 'The tests. Each begins with the same rows.',
    },
  },
}
