/** What both entry points give beside the client itself. In charge of that list; no Node API and no engine is reachable from here. */
export type { AdapterName, ClientConfig, DatabaseConfig, PrismaClientLike, SandboxLevel, SessionConfig, UserConfig } from '../client/config.ts'
export type { Status } from '../client/transport.ts'
export type {
  AnyEntity,
  AnySchema,
  BigintFilter,
  BigintInput,
  BooleanFilter,
  BytesFilter,
  BytesInput,
  CallOptions,
  Client,
  ClientMethods,
  DatetimeFilter,
  DatetimeInput,
  DecimalInput,
  Direction,
  IdFilter,
  Json,
  JsonFilter,
  Login,
  NumberFilter,
  Page,
  Paging,
  PlaceFilter,
  Returned,
  SchemaTypes,
  Step,
  StringFilter,
  Totals,
  Transaction,
  TransactionMethods,
  WhoAmI,
} from '../client/types.ts'
export { DBALErrorCode } from '../errors/code.ts'
export { DBALError, type ErrorDetails, type FieldError } from '../errors/error.ts'
export type { Schema } from '../generated/schema.ts'
export { entities } from '../generated/schema.ts'
