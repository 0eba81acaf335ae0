/** What a backend can do, by closed names. The planner refuses what is missing; capabilities.yaml is held equal by a test. */
export const capabilityNames = [
  'transactions',
  'nestedTransactions',
  'joins',
  'fullTextSearch',
  'ttl',
  'jsonQueries',
  'aggregations',
  'relations',
  'migrations',
  'schemaIntrospection',
  'connectionPooling',
  'readReplicas',
] as const

export type Capability = (typeof capabilityNames)[number]
export type Capabilities = Readonly<Record<Capability, boolean>>
