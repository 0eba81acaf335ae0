import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DBALError, invalid } from '../errors/error.ts'
import { DecodeError, decode, decodeReply, encodeReply, encodeRequest } from './codec.ts'

function refused(text: string): DecodeError {
  try {
    decode(text)
  } catch (error) {
    assert.ok(error instanceof DecodeError, `not a DecodeError: ${String(error)}`)
    return error
  }
  throw new assert.AssertionError({ message: `accepted: ${text.slice(0, 120)}` })
}

const places = (error: DecodeError): string[] => (error.error.details.fields ?? []).map(({ field }) => field)
const good = '{"id":"r1","method":"ping"}'

describe('requests', () => {
  test('both spellings are read', () => {
    assert.deepEqual(decode('{"id":"r1","method":"read","params":["User","x"],"auth":{"token":"t","user_id":"u"},"idempotencyKey":"k"}'), {
      id: 'r1',
      method: 'read',
      params: ['User', 'x'],
      strict: false,
      auth: { token: 't', userId: 'u' },
      idempotencyKey: 'k',
    })
    assert.equal(decode('{"jsonrpc":"2.0","id":7,"method":"commit","transaction":"tx_1"}').transaction, 'tx_1')
    assert.equal(decode('{"id":7,"method":"commit","transaction":"tx_1"}').transaction, 'tx_1')
    assert.deepEqual(decode(' {"jsonrpc":"2.0","id":7,"method":"list","params":{"entity":"User"}} '), {
      id: 7,
      method: 'list',
      params: { entity: 'User' },
      strict: true,
    })
    assert.equal(decode('{"id":-1,"method":"ping"}').id, -1)
  })

  const wrong: readonly (readonly [string, string, string])[] = [
    ['a batch', `[${good}]`, 'message'],
    ['a scalar', '"ping"', 'message'],
    ['null', 'null', 'message'],
    ['nothing', '', 'message'],
    ['no id', '{"method":"ping"}', 'id'],
    ['a null id', '{"id":null,"method":"ping"}', 'id'],
    ['a fraction as id', '{"id":1.5,"method":"ping"}', 'id'],
    ['an unsafe number as id', '{"id":9007199254740993,"method":"ping"}', 'id'],
    ['an infinite id', '{"id":1e400,"method":"ping"}', 'id'],
    ['an object as id', '{"id":{},"method":"ping"}', 'id'],
    ['a long id', `{"id":"${'x'.repeat(129)}","method":"ping"}`, 'id'],
    ['a lone surrogate as id', '{"id":"\\ud800","method":"ping"}', 'id'],
    ['no method', '{"id":1}', 'method'],
    ['a number as method', '{"id":1,"method":2}', 'method'],
    ['a long method', `{"id":1,"method":"${'x'.repeat(129)}"}`, 'method'],
    ['a string as params', '{"id":1,"method":"ping","params":"x"}', 'params'],
    ['null as params', '{"id":1,"method":"ping","params":null}', 'params'],
    ['another jsonrpc', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'jsonrpc'],
    ['a number as jsonrpc', '{"jsonrpc":2.0,"id":1,"method":"ping"}', 'jsonrpc'],
    ['an unknown member', '{"id":1,"method":"ping","rolle":"god"}', 'rolle'],
    ['a member named constructor', '{"id":1,"method":"ping","constructor":{}}', 'constructor'],
    ['a string as auth', '{"id":1,"method":"ping","auth":"t"}', 'auth'],
    ['a list as auth', '{"id":1,"method":"ping","auth":["t"]}', 'auth'],
    ['an empty auth', '{"id":1,"method":"ping","auth":{}}', 'auth.token'],
    ['an object as token', '{"id":1,"method":"ping","auth":{"token":{"$ne":null}}}', 'auth.token'],
    ['an unknown member of auth', '{"id":1,"method":"ping","auth":{"token":"t","role":"god"}}', 'auth.role'],
    ['two user ids', '{"id":1,"method":"ping","auth":{"token":"t","userId":"a","user_id":"b"}}', 'auth.user_id'],
    ['a long key', `{"id":1,"method":"ping","idempotencyKey":"${'k'.repeat(129)}"}`, 'idempotencyKey'],
    ['an empty key', '{"id":1,"method":"ping","idempotencyKey":""}', 'idempotencyKey'],
    ['a long transaction', `{"id":1,"method":"ping","transaction":"${'t'.repeat(129)}"}`, 'transaction'],
    ['an empty transaction', '{"id":1,"method":"ping","transaction":""}', 'transaction'],
    ['null as transaction', '{"id":1,"method":"ping","transaction":null}', 'transaction'],
    ['a number as transaction', '{"jsonrpc":"2.0","id":1,"method":"ping","transaction":1}', 'transaction'],
    ['half a character in a transaction', '{"id":1,"method":"ping","transaction":"\\ud800"}', 'transaction'],
  ]
  for (const [what, text, place] of wrong) {
    test(`refused: ${what}`, () => {
      const error = refused(text)
      assert.equal(error.error.code, 'VALIDATION_ERROR')
      assert.deepEqual(places(error), [place])
    })
  }

  test('auth: null is UNAUTHORIZED, and the answer finds its request', () => {
    const error = refused('{"id":"r9","method":"ping","auth":null}')
    assert.equal(error.error.code, 'UNAUTHORIZED')
    assert.equal(error.id, 'r9')
  })
})

describe('I16 duplicate members', () => {
  const doubles: readonly (readonly [string, string])[] = [
    ['{"id":1,"method":"ping","method":"login"}', 'method'],
    ['{"id":1,"method":"create","params":["User",{"role":"user","role":"god"}]}', 'params[1].role'],
    ['{"id":1,"method":"create","params":["User",{"\\u0072ole":"user","role":"god"}]}', 'params[1].role'],
    ['{"id":1,"method":"create","params":["User",{"role":"user","r\\u006fle":"god"}]}', 'params[1].role'],
    ['{"id":1,"method":"create","params":{"data":[0,{"a":{"x\\"":1,"x\\"":2}}]}}', 'params.data[1].a.x"'],
    ['{"id":1,"method":"create","params":{"a":{"":1,"":2}}}', 'params.a.'],
    ['{"id":1,"auth":{"token":"a"},"method":"ping","auth":{"token":"b"}}', 'auth'],
    [`{"id":1,"method":"a","params":{${Array.from({ length: 40 }, (_, i) => `"f${i}":0`).join()},"f3":1}}`, 'params.f3'],
    ['{"id":1,"method":"a","params":{"__proto__":{"polluted":1}}}', 'params.__proto__'],
    ['{"id":1,"method":"a","params":[{"\\u005f_proto__":{"polluted":1}}]}', 'params[0].__proto__'],
  ]
  for (const [text, place] of doubles) {
    test(`refused at ${place}: ${text.slice(0, 80)}`, () => {
      const error = refused(text)
      assert.deepEqual(places(error), [place])
      assert.equal(error.id, 1)
    })
  }

  test('an id that stands twice answers nobody', () => assert.equal(refused('{"id":1,"id":2,"method":"ping"}').id, null))
  test('the strict form is kept for the refusal', () =>
    assert.equal(refused('{"jsonrpc":"2.0","id":1,"id2":{"a":1,"a":2},"method":"x"}').strict, true))
  test('equal names in different objects are no duplicates', () => {
    assert.equal(decode('{"id":1,"method":"a","params":[{"a":{"a":[{"a":1},{"a":2}]}},{"a":1}]}').id, 1)
  })
  test('names inside of strings are no names', () => {
    assert.deepEqual(decode('{"id":1,"method":"a","params":["{\\"a\\":1,\\"a\\":2}","\\\\",{"a":"\\\\\\"","b":"}]"}]}').params, [
      '{"a":1,"a":2}',
      '\\',
      { a: '\\"', b: '}]' },
    ])
  })
})

describe('I17 what is nearly JSON', () => {
  const nearly = [
    `\ufeff${good}`,
    `${good}${good}`,
    `${good},`,
    '{"id":1,"method":"ping",}',
    '{"id":1,"method":"ping","params":[1,]}',
    '{/* c */"id":1,"method":"ping"}',
    `${good}//`,
    '{id:1,"method":"ping"}',
    "{'id':1,'method':'ping'}",
    '{"id":NaN,"method":"ping"}',
    '{"id":1,"method":"a","params":[Infinity]}',
    '{"id":01,"method":"ping"}',
    '{"id":+1,"method":"a"}',
    '{"id":0x1,"method":"a"}',
    '{"id":1.,"method":"a"}',
    '{"id":.5,"method":"a"}',
    '{"id":1,"method":"a\nb"}',
    '{"id":1,"method":"\\x41"}',
    '{"id":1,"method":"\\u12"}',
    '{"id":1 "method":"a"}',
    '{"id":1,"method":"a"',
    '{"id":1,"method":"a}',
    '{"id":1,"method":"a"}}',
    ']',
    '}',
    '{"id":1,"method":"a","params":[}',
    '{"id":1,"method":"a","params":{]}',
    '{"a',
    '"',
    '\\',
    '{"\\',
    '\u0000',
    '[',
    '{',
    '{"id":1,\u00a0"method":"a"}',
    '{"id":True,"method":"a"}',
    '{"id":1,"method":"a","params":[1,,2]}',
    '{"id":1,,"method":"a"}',
    '{1:1}',
    '{"id"}',
    '{"id":}',
    '{"id"::1}',
    'undefined',
  ]
  for (const text of nearly) {
    test(`refused: ${JSON.stringify(text)}`, () => {
      const error = refused(text)
      assert.deepEqual(places(error), ['message'])
      assert.equal(error.id, null)
    })
  }

  test("lone surrogates in params pass as they are: values are the schema's matter", () => {
    assert.deepEqual(decode('{"id":1,"method":"a","params":["\\ud800"]}').params, ['\ud800'])
  })
})

describe('I8 depth and size', () => {
  const nested = (levels: number): string => `{"id":"deep","method":"a","params":${'['.repeat(levels)}${']'.repeat(levels)}}`
  test('64 levels pass, 65 do not', () => {
    assert.equal(decode(nested(63)).id, 'deep')
    const error = refused(nested(64))
    assert.equal(error.id, 'deep')
    assert.match(error.error.details.fields?.[0]?.error ?? '', /64 levels/)
  })
  test('objects count too', () => assert.equal(refused(`{"id":1,"method":"a","params":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`).id, 1))
  test('a million levels within the size, 5 million bytes beyond it: refused, no RangeError', () => {
    assert.deepEqual(places(refused('['.repeat(1_000_000))).length, 1)
    assert.deepEqual(places(refused('['.repeat(5_000_000))), ['message'])
    assert.deepEqual(places(refused('{"a":'.repeat(1_000_000))), ['message'])
  })
  test('the size counts in bytes of UTF-8', () => {
    const filler = (char: string, count: number): string => `{"id":1,"method":"a","params":["${char.repeat(count)}"]}`
    const room = 1024 * 1024 - filler('', 0).length
    assert.equal(decode(filler('x', room)).id, 1)
    assert.deepEqual(places(refused(filler('x', room + 1))), ['message'])
    assert.equal(decode(filler('é', Math.floor(room / 2))).id, 1)
    assert.deepEqual(places(refused(filler('é', Math.floor(room / 2) + 1))), ['message'])
    assert.equal(decode(filler('😀', Math.floor(room / 4))).id, 1)
    assert.deepEqual(places(refused(filler('😀', Math.floor(room / 4) + 1))), ['message'])
  })
})

test('property: what JSON.stringify makes of any plain params comes back equal', () => {
  const value = fc.jsonValue({ maxDepth: 6 }).filter((v) => !JSON.stringify(v).includes('__proto__'))
  fc.assert(
    fc.property(
      fc.array(value),
      fc.string({ maxLength: 40, unit: 'binary' }).filter((s) => s.isWellFormed()),
      (params, id) => {
        const text = JSON.stringify({ id, method: 'm', params })
        assert.deepEqual(decode(text), { id, method: 'm', params: JSON.parse(JSON.stringify(params)), strict: false })
      },
    ),
  )
})

test('property: any text is a request or a DecodeError, never another error', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"id"',
    '"method"',
    '1',
    '"a"',
    ' ',
    '\\u0061',
    'null',
    '{"id":1,"method":"a","params":',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        decode(pieces.join(''))
      } catch (error) {
        assert.ok(error instanceof DecodeError)
      }
    }),
    { numRuns: 2000 },
  )
})

describe('replies', () => {
  const failed = { ok: false as const, error: invalid({ field: 'data.email', error: 'Must be an email' }), requestId: 'req_1' }

  test('short form', () => {
    assert.equal(encodeReply({ id: 'a', strict: false }, { ok: true, result: { x: 1 }, requestId: 'req_1' }), '{"id":"a","result":{"x":1}}')
    assert.deepEqual(JSON.parse(encodeReply({ id: 3, strict: false }, failed)), {
      id: 3,
      error: {
        code: 422,
        name: 'VALIDATION_ERROR',
        message: 'Validation failed',
        details: { fields: [{ field: 'data.email', error: 'Must be an email' }] },
        requestId: 'req_1',
      },
    })
    assert.equal(JSON.parse(encodeReply({ id: null, strict: false }, failed)).id, null)
  })

  test('strict JSON-RPC 2.0: no member that the standard does not have', () => {
    assert.equal(encodeReply({ id: 1, strict: true }, { ok: true, result: null, requestId: 'r' }), '{"jsonrpc":"2.0","id":1,"result":null}')
    const reply = JSON.parse(encodeReply({ id: 1, strict: true }, failed))
    assert.deepEqual(Object.keys(reply), ['jsonrpc', 'id', 'error'])
    assert.deepEqual(Object.keys(reply.error), ['code', 'message', 'data'])
    assert.deepEqual(reply.error.data, {
      name: 'VALIDATION_ERROR',
      details: { fields: [{ field: 'data.email', error: 'Must be an email' }] },
      requestId: 'req_1',
    })
  })

  test('hostile text in ids and results stays one JSON value', () => {
    const id = '"},{"\u2028\ud83d\ude00'
    assert.equal(JSON.parse(encodeReply({ id, strict: false }, { ok: true, result: '"}\ud800', requestId: 'r' })).id, id)
  })

  for (const strict of [false, true]) {
    test(`the client reads them back (${strict ? 'strict' : 'short'})`, () => {
      assert.deepEqual(decodeReply(encodeReply({ id: 'q', strict }, { ok: true, result: [1], requestId: 'r' })), { id: 'q', result: [1] })
      const answer = decodeReply(encodeReply({ id: 'q', strict }, failed))
      assert.ok('error' in answer && answer.error instanceof DBALError)
      assert.deepEqual(answer.error.toPublic(), { ...failed.error.toPublic(), requestId: 'req_1' })
    })
  }

  test('what is no reply is a SyntaxError, an unknown name INTERNAL_ERROR', () => {
    for (const text of ['', '[]', '1', '{}', '{"id":{}}', '{"id":"a"}', '{"id":"a","error":1}'])
      assert.throws(() => decodeReply(text), SyntaxError, text)
    const answer = decodeReply('{"id":"a","error":{"code":418,"name":"constructor","message":"x"}}')
    assert.ok('error' in answer)
    assert.equal(answer.error.code, 'INTERNAL_ERROR')
  })

  test('what the client sends is what the daemon reads', () => {
    const sent = {
      id: 'c_1',
      method: 'create',
      params: ['User', { a: 1 }],
      auth: { token: 't', userId: 'u' },
      idempotencyKey: 'k',
      transaction: 'tx',
    }
    assert.deepEqual(decode(encodeRequest(sent)), { ...sent, strict: false })
  })
})

test('nothing polluted a prototype', () => assert.equal(({} as { polluted?: unknown }).polluted, undefined))
