/** The taps hear what drivers say: each statement once, whichever way of the protocol it takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOf } from '../../support/databases.ts'
import { mongoReader } from './mongo-wire.ts'
import { mysqlReader } from './mysql-wire.ts'
import { postgresReader } from './postgres-wire.ts'
import { type Proxy, type Reader, startProxy } from './proxy.ts'

async function heard(url: string, reader: () => Reader, say: (near: URL) => Promise<void>): Promise<ReturnType<Proxy['take']>> {
  const { hostname, port } = new URL(url)
  const proxy = await startProxy(`${hostname}:${port}`, reader)
  try {
    const near = new URL(url)
    near.host = `127.0.0.1:${proxy.port}`
    await say(near)
    return proxy.take()
  } finally {
    await proxy.end()
  }
}

const postgres = serverOf('postgresql')
test('PostgreSQL: simple, unnamed, named and pipelined statements', { skip: postgres.skip ?? false }, async () => {
  const { Client } = (await import('pg')).default
  const { texts, trips } = await heard(postgres.url as string, postgresReader, async (url) => {
    const client = new Client({ connectionString: url.href })
    await client.connect()
    await client.query('SELECT 1')
    await client.query('SELECT $1::int', [2])
    for (const value of [3, 4]) await client.query({ name: 'three', text: 'SELECT $1::int + 3', values: [value] })
    await client.end()
  })
  assert.deepEqual(texts, ['SELECT 1', 'SELECT $1::int', 'SELECT $1::int + 3', 'SELECT $1::int + 3'])
  assert.equal(trips, 4)
})

const mysql = serverOf('mysql')
test('MySQL: texts and prepared statements', { skip: mysql.skip ?? false }, async () => {
  const { createConnection } = await import('mariadb')
  const { texts } = await heard(mysql.url as string, mysqlReader, async (url) => {
    const connection = await createConnection({
      host: url.hostname,
      port: Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    })
    await connection.query('SELECT 1')
    for (const value of [2, 3]) await connection.execute('SELECT ? + 1', [value])
    await connection.execute('SELECT ? + 2', [4])
    await connection.execute('SELECT ? + 1', [5])
    await connection.end()
  })
  const said = texts.filter((text) => text.startsWith('SELECT ') && !text.includes('@@'))
  assert.deepEqual(said, ['SELECT 1', 'SELECT ? + 1', 'SELECT ? + 1', 'SELECT ? + 2', 'SELECT ? + 1'])
})

const mongo = serverOf('mongodb')
test('MongoDB: commands without their values', { skip: mongo.skip ?? false }, async () => {
  const { MongoClient } = await import('mongodb')
  const { texts } = await heard(mongo.url as string, mongoReader, async (url) => {
    url.search = '?directConnection=true'
    const client = new MongoClient(url.href)
    const things = client.db('dbal_tap').collection('things')
    await things.find({ a: { $eq: 'secret' }, b: { $in: [1, 2] } }).toArray()
    await things.aggregate([{ $match: { $expr: { $eq: ['$a', { $literal: { $ne: 1 } }] } } }]).toArray()
    await things.updateMany({ a: 1 }, { $set: { b: 'x' } })
    await client.close()
  })
  assert.deepEqual(
    texts.map((text) => text.replace(/\s+/g, ' ')),
    [
      'find things filter:{a:{$eq:?},b:{$in:[?]}}',
      'aggregate things pipeline:[{$match:{$expr:{$eq:[?]}}}] cursor:{}',
      'update things updates:[{q:{a:?},u:{$set:{b:?}},multi:?}] ordered:?',
    ],
  )
})
