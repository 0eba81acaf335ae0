/** The line of progress: on a terminal only, not at every row, and gone at the end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOn } from './progress.ts'

function played(isTTY: boolean): string[] {
  const told: string[] = []
  const progress = progressOn({ isTTY, write: (text: string) => told.push(text) > 0 } as unknown as NodeJS.WriteStream, 'Writing', 1200)
  for (let i = 0; i < 12; i++) progress.add(100)
  progress.end()
  return told
}

test('a terminal is told now and then, and the line goes away', () => {
  assert.deepEqual(played(true), ['\r\u001b[KWriting 500 of 1,200 rows', '\r\u001b[KWriting 1,000 of 1,200 rows', '\r\u001b[K'])
})

test('a pipe or file is told nothing', () => assert.deepEqual(played(false), []))
