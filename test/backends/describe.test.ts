/** Every database tells the statement of an explained call, without values, and what it would do with it; the memory has none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backendNames, skipOf } from './backends.ts'
import { god, open, openLabOn } from './lab.ts'

const entities = `
entity: Thing
fields:
  id: { type: string, primary: true, max_length: 40 }
  label: { type: string, required: true, max_length: 40 }
${open}
`

const telling = backendNames.filter((name) => name !== 'memory')

for (const name of telling) {
  test(`${name}: statements and plans`, { skip: skipOf(name) }, async () => {
    const lab = await openLabOn(name, { entities })
    try {
      await lab.get('create', 'Thing', { id: 'canary-key', label: 'canary-label' })
      const calls = [
        ['list', ['Thing', { filter: { label: 'canary-label' } }]],
        [
          'list',
          [
            'Thing',
            {
              filter: {
                or: [{ label: { contains: 'canary' } }, { id: { in: ['canary-1', 'canary-2'] } }, { not: { label: { startsWith: 'canary' } } }],
              },
            },
          ],
        ],
        ['search', ['Thing', 'canary']],
        ['update', ['Thing', 'canary-key', { label: 'canary-other' }]],
        ['delete', ['Thing', 'canary-key']],
      ]
      for (const [method, params] of calls) {
        const { statements, outcome } = (await lab.as(god, 'explain', method, params)) as unknown as {
          readonly statements: readonly { readonly text: string; readonly plan: readonly string[] }[]
          readonly outcome: { readonly ok: boolean }
        }
        assert.equal(outcome.ok, true)
        const [first] = statements
        assert.match(first?.text ?? '', /^(SELECT|WITH|UPDATE|DELETE|SET STATEMENT|db\.things\.aggregate)/i)
        assert.notEqual(first?.plan.length, 0, `${method}: ${first?.text}`)
        assert.ok(!statements.some(({ text }) => text.includes('canary')), 'a value stands in a statement')
      }
      assert.deepEqual(await lab.get('read', 'Thing', 'canary-key'), { id: 'canary-key', label: 'canary-label' })
    } finally {
      await lab.close()
    }
  })
}
