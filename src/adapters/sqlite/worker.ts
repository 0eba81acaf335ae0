/** A database thread: runs the statements of a message in order and answers them together. In charge of its one connection; must not know queries. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Raw } from '../sql/run/plan.ts'
import { Connection } from './connection.ts'
import { failureOf, lost, StatementFailure } from './failure.ts'
import { type Call, type Reply, steady } from './message.ts'
import type { Opening } from './options.ts'

/** Milliseconds after which what is done is answered although the message has more: quick statements do not wait for slow ones. */
const patience = 5

const port = parentPort
if (port === null) throw new Error('This file runs as a worker thread')

let connection: Connection | undefined

/** Opened by the first statement, which then tells what is wrong with the file. */
function open(): Connection {
  connection ??= new Connection(workerData as Opening)
  return connection
}

function run(call: Call): Raw {
  const db = open()
  if (call.inTransaction && !db.inTransaction) throw new StatementFailure(lost)
  const deadline = call.deadline === undefined ? undefined : performance.now() + (call.deadline - steady())
  return db.run(db.prepare(call.text), call.values, call.rows, deadline)
}

function answer(call: Call): Reply {
  try {
    return { id: call.id, raw: run(call) }
  } catch (error) {
    return { id: call.id, failure: failureOf(error) }
  }
}

port.on('message', (calls: readonly Call[]) => {
  let replies: Reply[] = []
  let since = performance.now()
  for (const call of calls) {
    replies.push(answer(call))
    const now = performance.now()
    if (now - since > patience) {
      port.postMessage(replies)
      replies = []
      since = now
    }
  }
  if (replies.length > 0) port.postMessage(replies)
})
