// @ts-nocheck: DBAL checks this text when it generates it; what uses it is checked as ever. 200 entities take a compiler half a second otherwise.
/** Types of the schema, written by `dbal generate`; do not edit. */
import type * as dbal from '../client/types.ts'

/** A component on a page, below another one or at the top. */
export interface ComponentHierarchy extends ComponentHierarchyRelations {
  id: string
  pageId: string
  /** null at the top of the page. */
  parentId: string | null
  componentType: string
  order: number
  props: dbal.Json
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface ComponentHierarchyRelations {
  page?: PageView | null
  parent?: ComponentHierarchy | null
  children?: ComponentHierarchy[]
}

export type ComponentHierarchyField = 'id' | 'pageId' | 'parentId' | 'componentType' | 'order' | 'props' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type ComponentHierarchyPick<Selected extends ComponentHierarchyField> = Pick<ComponentHierarchy, Selected> & ComponentHierarchyRelations

export interface ComponentHierarchyCreate {
  pageId: string
  /** null at the top of the page. */
  parentId?: string | null
  componentType: string
  order?: number
  props?: dbal.Json
}

export interface ComponentHierarchyUpdate {
  pageId?: string
  /** null at the top of the page. */
  parentId?: string | null
  componentType?: string
  order?: number
  props?: dbal.Json
}

export interface ComponentHierarchyWhere {
  and?: ComponentHierarchyWhere | readonly ComponentHierarchyWhere[]
  or?: ComponentHierarchyWhere | readonly ComponentHierarchyWhere[]
  not?: ComponentHierarchyWhere | readonly ComponentHierarchyWhere[]
  id?: string | dbal.IdFilter
  pageId?: string | dbal.IdFilter
  parentId?: string | dbal.IdFilter | null
  componentType?: string | dbal.StringFilter
  order?: number | dbal.NumberFilter
  props?: dbal.JsonFilter
  [place: `props.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  page?: PageViewWhere | null
  parent?: ComponentHierarchyWhere | null
  children?: ComponentHierarchySome
}

export interface ComponentHierarchySome {
  some?: ComponentHierarchyWhere
  every?: ComponentHierarchyWhere
  none?: ComponentHierarchyWhere
}

export interface ComponentHierarchySort {
  id?: dbal.Direction
  pageId?: dbal.Direction
  parentId?: dbal.Direction
  componentType?: dbal.Direction
  order?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type ComponentHierarchyKey = string

/** The fields of one unique key. */
export interface ComponentHierarchyUnique {
  id?: string
}

export interface ComponentHierarchyInclude {
  page?: boolean | PageViewIncluded
  parent?: boolean | ComponentHierarchyIncluded
  children?: boolean | ComponentHierarchyIncluded
}

export interface ComponentHierarchyIncluded {
  select?: readonly ComponentHierarchyField[]
  filter?: ComponentHierarchyWhere
  sort?: ComponentHierarchySort | readonly ComponentHierarchySort[]
  limit?: number
  include?: ComponentHierarchyInclude
}

export interface ComponentHierarchyShape<Selected extends ComponentHierarchyField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: ComponentHierarchyInclude
}

export interface ComponentHierarchyChange<Selected extends ComponentHierarchyField> extends ComponentHierarchyShape<Selected> {
  expectedVersion?: number
}

export interface ComponentHierarchyQuery<Selected extends ComponentHierarchyField> extends dbal.Paging {
  filter?: ComponentHierarchyWhere
  sort?: ComponentHierarchySort | readonly ComponentHierarchySort[]
  select?: readonly Selected[]
  include?: ComponentHierarchyInclude
}

export interface ComponentHierarchyAggregate extends dbal.CallOptions {
  filter?: ComponentHierarchyWhere
  groupBy?: readonly ComponentHierarchyField[]
  count?: boolean
  sum?: readonly ('order')[]
  avg?: readonly ('order')[]
  min?: readonly ComponentHierarchyField[]
  max?: readonly ComponentHierarchyField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface ComponentHierarchyTree extends ComponentHierarchy {
  children: ComponentHierarchyTree[]
}

export interface ComponentHierarchyOperations {
  /** Put a component on a page. */
  create<Selected extends ComponentHierarchyField = ComponentHierarchyField>(data: ComponentHierarchyCreate, options?: ComponentHierarchyShape<Selected>): Promise<ComponentHierarchyPick<Selected>>
  /** One component. */
  read<Selected extends ComponentHierarchyField = ComponentHierarchyField>(id: ComponentHierarchyKey, options?: ComponentHierarchyShape<Selected>): Promise<ComponentHierarchyPick<Selected>>
  /** Change a component. */
  update<Selected extends ComponentHierarchyField = ComponentHierarchyField>(id: ComponentHierarchyKey, data: ComponentHierarchyUpdate, options?: ComponentHierarchyChange<Selected>): Promise<ComponentHierarchyPick<Selected>>
  /** Remove a component and all below it. */
  delete(id: ComponentHierarchyKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  list<Selected extends ComponentHierarchyField = ComponentHierarchyField>(options?: ComponentHierarchyQuery<Selected>): Promise<dbal.Page<ComponentHierarchyPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: ComponentHierarchyWhere }): Promise<number>
  search<Selected extends ComponentHierarchyField = ComponentHierarchyField>(text: string, options?: ComponentHierarchyQuery<Selected>): Promise<dbal.Page<ComponentHierarchyPick<Selected>>>
  aggregate(options: ComponentHierarchyAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly ComponentHierarchyCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, ComponentHierarchy>>
  updateMany<Returning extends boolean = false>(filter: ComponentHierarchyWhere, data: ComponentHierarchyUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, ComponentHierarchy>>
  deleteMany(filter: ComponentHierarchyWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends ComponentHierarchyField = ComponentHierarchyField>(options: ComponentHierarchyShape<Selected> & { where: ComponentHierarchyUnique; create: ComponentHierarchyCreate; update: ComponentHierarchyUpdate }): Promise<ComponentHierarchyPick<Selected>>
  /** All components of a page, each with its children in order. */
  getTree(pageId: string | { pageId: string }): Promise<ComponentHierarchyTree[]>
  /** Give siblings a new order, all at once. */
  reorder(ids: readonly ComponentHierarchyKey[] | { ids: readonly ComponentHierarchyKey[] }): Promise<boolean>
  /** Put a component elsewhere on its page; never below itself. */
  move(id: ComponentHierarchyKey, parentId: string | null, order: number): Promise<ComponentHierarchy>
  /** Put a component elsewhere on its page; never below itself. */
  move(input: { id: ComponentHierarchyKey; parentId: string | null; order: number }): Promise<ComponentHierarchy>
}

/** The password of an account, as an argon2id hash. Nobody reads it; passwords are set and checked by operations. */
export interface Credential extends CredentialRelations {
  id: string
  username: string
  firstLogin: boolean
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface CredentialRelations {
  user?: User | null
}

export type CredentialField = 'id' | 'username' | 'firstLogin' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type CredentialPick<Selected extends CredentialField> = Pick<Credential, Selected> & CredentialRelations

export interface CredentialCreate {
  username: string
  passwordHash: string
  firstLogin?: boolean
}

export interface CredentialUpdate {
  username?: string
  passwordHash?: string
  firstLogin?: boolean
}

export interface CredentialWhere {
  and?: CredentialWhere | readonly CredentialWhere[]
  or?: CredentialWhere | readonly CredentialWhere[]
  not?: CredentialWhere | readonly CredentialWhere[]
  id?: string | dbal.IdFilter
  username?: string | dbal.StringFilter
  firstLogin?: boolean | dbal.BooleanFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  user?: UserWhere | null
}

export interface CredentialSort {
  id?: dbal.Direction
  username?: dbal.Direction
  firstLogin?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type CredentialKey = string

/** The fields of one unique key. */
export interface CredentialUnique {
  id?: string
  username?: string
}

export interface CredentialInclude {
  user?: boolean | UserIncluded
}

export interface CredentialIncluded {
  select?: readonly CredentialField[]
  filter?: CredentialWhere
  sort?: CredentialSort | readonly CredentialSort[]
  limit?: number
  include?: CredentialInclude
}

export interface CredentialShape<Selected extends CredentialField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: CredentialInclude
}

export interface CredentialChange<Selected extends CredentialField> extends CredentialShape<Selected> {
  expectedVersion?: number
}

export interface CredentialQuery<Selected extends CredentialField> extends dbal.Paging {
  filter?: CredentialWhere
  sort?: CredentialSort | readonly CredentialSort[]
  select?: readonly Selected[]
  include?: CredentialInclude
}

export interface CredentialAggregate extends dbal.CallOptions {
  filter?: CredentialWhere
  groupBy?: readonly CredentialField[]
  count?: boolean
  sum?: readonly (never)[]
  avg?: readonly (never)[]
  min?: readonly CredentialField[]
  max?: readonly CredentialField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface CredentialOperations {
  create<Selected extends CredentialField = CredentialField>(data: CredentialCreate, options?: CredentialShape<Selected>): Promise<CredentialPick<Selected>>
  read<Selected extends CredentialField = CredentialField>(id: CredentialKey, options?: CredentialShape<Selected>): Promise<CredentialPick<Selected>>
  update<Selected extends CredentialField = CredentialField>(id: CredentialKey, data: CredentialUpdate, options?: CredentialChange<Selected>): Promise<CredentialPick<Selected>>
  delete(id: CredentialKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  list<Selected extends CredentialField = CredentialField>(options?: CredentialQuery<Selected>): Promise<dbal.Page<CredentialPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: CredentialWhere }): Promise<number>
  search<Selected extends CredentialField = CredentialField>(text: string, options?: CredentialQuery<Selected>): Promise<dbal.Page<CredentialPick<Selected>>>
  aggregate(options: CredentialAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly CredentialCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, Credential>>
  updateMany<Returning extends boolean = false>(filter: CredentialWhere, data: CredentialUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, Credential>>
  deleteMany(filter: CredentialWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends CredentialField = CredentialField>(options: CredentialShape<Selected> & { where: CredentialUnique; create: CredentialCreate; update: CredentialUpdate }): Promise<CredentialPick<Selected>>
  /** Is this the password of the account? The same work whether or not there is such an account. */
  verify(username: string, password: string): Promise<boolean>
  /** Is this the password of the account? The same work whether or not there is such an account. */
  verify(input: { username: string; password: string }): Promise<boolean>
  /** Set the password of an account. */
  set(username: string, password: string): Promise<boolean>
  /** Set the password of an account. */
  set(input: { username: string; password: string }): Promise<boolean>
  /** Is the password still the one that was handed out? */
  getFirstLoginFlag(username: string | { username: string }): Promise<boolean>
  /** Remember whether the password is still the one that was handed out. */
  setFirstLoginFlag(username: string, firstLogin: boolean): Promise<boolean>
  /** Remember whether the password is still the one that was handed out. */
  setFirstLoginFlag(input: { username: string; firstLogin: boolean }): Promise<boolean>
  /** Take the password of an account away. */
  deleteByUsername(username: string | { username: string }): Promise<boolean>
}

/** A script, which runs in a sandbox only. */
export interface LuaScript extends LuaScriptRelations {
  id: string
  name: string
  description: string | null
  code: string
  isSandboxed: boolean
  allowedGlobals: dbal.Json
  timeoutMs: number
  createdBy: string
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface LuaScriptRelations {
  creator?: User | null
}

export type LuaScriptField = 'id' | 'name' | 'description' | 'code' | 'isSandboxed' | 'allowedGlobals' | 'timeoutMs' | 'createdBy' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type LuaScriptPick<Selected extends LuaScriptField> = Pick<LuaScript, Selected> & LuaScriptRelations

export interface LuaScriptCreate {
  name: string
  description?: string | null
  code: string
  isSandboxed?: boolean
  allowedGlobals?: dbal.Json
  timeoutMs?: number
  createdBy: string
}

export interface LuaScriptUpdate {
  name?: string
  description?: string | null
  code?: string
  isSandboxed?: boolean
  allowedGlobals?: dbal.Json
  timeoutMs?: number
  createdBy?: string
}

export interface LuaScriptWhere {
  and?: LuaScriptWhere | readonly LuaScriptWhere[]
  or?: LuaScriptWhere | readonly LuaScriptWhere[]
  not?: LuaScriptWhere | readonly LuaScriptWhere[]
  id?: string | dbal.IdFilter
  name?: string | dbal.StringFilter
  description?: string | dbal.StringFilter | null
  code?: string | dbal.StringFilter
  isSandboxed?: boolean | dbal.BooleanFilter
  allowedGlobals?: dbal.JsonFilter
  [place: `allowedGlobals.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  timeoutMs?: number | dbal.NumberFilter
  createdBy?: string | dbal.IdFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  creator?: UserWhere | null
}

export interface LuaScriptSome {
  some?: LuaScriptWhere
  every?: LuaScriptWhere
  none?: LuaScriptWhere
}

export interface LuaScriptSort {
  id?: dbal.Direction
  name?: dbal.Direction
  description?: dbal.Direction
  code?: dbal.Direction
  isSandboxed?: dbal.Direction
  timeoutMs?: dbal.Direction
  createdBy?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type LuaScriptKey = string

/** The fields of one unique key. */
export interface LuaScriptUnique {
  id?: string
  name?: string
}

export interface LuaScriptInclude {
  creator?: boolean | UserIncluded
}

export interface LuaScriptIncluded {
  select?: readonly LuaScriptField[]
  filter?: LuaScriptWhere
  sort?: LuaScriptSort | readonly LuaScriptSort[]
  limit?: number
  include?: LuaScriptInclude
}

export interface LuaScriptShape<Selected extends LuaScriptField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: LuaScriptInclude
}

export interface LuaScriptChange<Selected extends LuaScriptField> extends LuaScriptShape<Selected> {
  expectedVersion?: number
}

export interface LuaScriptQuery<Selected extends LuaScriptField> extends dbal.Paging {
  filter?: LuaScriptWhere
  sort?: LuaScriptSort | readonly LuaScriptSort[]
  select?: readonly Selected[]
  include?: LuaScriptInclude
}

export interface LuaScriptAggregate extends dbal.CallOptions {
  filter?: LuaScriptWhere
  groupBy?: readonly LuaScriptField[]
  count?: boolean
  sum?: readonly ('timeoutMs')[]
  avg?: readonly ('timeoutMs')[]
  min?: readonly LuaScriptField[]
  max?: readonly LuaScriptField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface LuaScriptOperations {
  /** Add a script. Its code is parsed and refused where it leaves the sandbox. */
  create<Selected extends LuaScriptField = LuaScriptField>(data: LuaScriptCreate, options?: LuaScriptShape<Selected>): Promise<LuaScriptPick<Selected>>
  /** One script. */
  read<Selected extends LuaScriptField = LuaScriptField>(id: LuaScriptKey, options?: LuaScriptShape<Selected>): Promise<LuaScriptPick<Selected>>
  /** Change a script. */
  update<Selected extends LuaScriptField = LuaScriptField>(id: LuaScriptKey, data: LuaScriptUpdate, options?: LuaScriptChange<Selected>): Promise<LuaScriptPick<Selected>>
  /** Remove a script. */
  delete(id: LuaScriptKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Scripts, a page at a time. */
  list<Selected extends LuaScriptField = LuaScriptField>(options?: LuaScriptQuery<Selected>): Promise<dbal.Page<LuaScriptPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: LuaScriptWhere }): Promise<number>
  search<Selected extends LuaScriptField = LuaScriptField>(text: string, options?: LuaScriptQuery<Selected>): Promise<dbal.Page<LuaScriptPick<Selected>>>
  aggregate(options: LuaScriptAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly LuaScriptCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, LuaScript>>
  updateMany<Returning extends boolean = false>(filter: LuaScriptWhere, data: LuaScriptUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, LuaScript>>
  deleteMany(filter: LuaScriptWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends LuaScriptField = LuaScriptField>(options: LuaScriptShape<Selected> & { where: LuaScriptUnique; create: LuaScriptCreate; update: LuaScriptUpdate }): Promise<LuaScriptPick<Selected>>
}

/** A version of something that can be installed. */
export interface Package extends PackageRelations {
  id: string
  name: string
  version: string
  description: string | null
  author: string
  manifest: dbal.Json
  isInstalled: boolean
  installedAt: string | null
  installedBy: string | null
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface PackageRelations {
  installer?: User | null
}

export type PackageField = 'id' | 'name' | 'version' | 'description' | 'author' | 'manifest' | 'isInstalled' | 'installedAt' | 'installedBy' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type PackagePick<Selected extends PackageField> = Pick<Package, Selected> & PackageRelations

export interface PackageCreate {
  name: string
  version: string
  description?: string | null
  author: string
  manifest: dbal.Json
  isInstalled?: boolean
  installedAt?: dbal.DatetimeInput | null
  installedBy?: string | null
}

export interface PackageUpdate {
  name?: string
  version?: string
  description?: string | null
  author?: string
  manifest?: dbal.Json
  isInstalled?: boolean
  installedAt?: dbal.DatetimeInput | null
  installedBy?: string | null
}

export interface PackageWhere {
  and?: PackageWhere | readonly PackageWhere[]
  or?: PackageWhere | readonly PackageWhere[]
  not?: PackageWhere | readonly PackageWhere[]
  id?: string | dbal.IdFilter
  name?: string | dbal.StringFilter
  version?: string | dbal.StringFilter
  description?: string | dbal.StringFilter | null
  author?: string | dbal.StringFilter
  manifest?: dbal.JsonFilter
  [place: `manifest.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  isInstalled?: boolean | dbal.BooleanFilter
  installedAt?: dbal.DatetimeInput | dbal.DatetimeFilter | null
  installedBy?: string | dbal.IdFilter | null
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  installer?: UserWhere | null
}

export interface PackageSome {
  some?: PackageWhere
  every?: PackageWhere
  none?: PackageWhere
}

export interface PackageSort {
  id?: dbal.Direction
  name?: dbal.Direction
  version?: dbal.Direction
  description?: dbal.Direction
  author?: dbal.Direction
  isInstalled?: dbal.Direction
  installedAt?: dbal.Direction
  installedBy?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type PackageKey = string

/** The fields of one unique key. */
export interface PackageUnique {
  id?: string
  name?: string
  version?: string
}

export interface PackageInclude {
  installer?: boolean | UserIncluded
}

export interface PackageIncluded {
  select?: readonly PackageField[]
  filter?: PackageWhere
  sort?: PackageSort | readonly PackageSort[]
  limit?: number
  include?: PackageInclude
}

export interface PackageShape<Selected extends PackageField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: PackageInclude
}

export interface PackageChange<Selected extends PackageField> extends PackageShape<Selected> {
  expectedVersion?: number
}

export interface PackageQuery<Selected extends PackageField> extends dbal.Paging {
  filter?: PackageWhere
  sort?: PackageSort | readonly PackageSort[]
  select?: readonly Selected[]
  include?: PackageInclude
}

export interface PackageAggregate extends dbal.CallOptions {
  filter?: PackageWhere
  groupBy?: readonly PackageField[]
  count?: boolean
  sum?: readonly (never)[]
  avg?: readonly (never)[]
  min?: readonly PackageField[]
  max?: readonly PackageField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface PackageOperations {
  /** Add a version of a package. */
  create<Selected extends PackageField = PackageField>(data: PackageCreate, options?: PackageShape<Selected>): Promise<PackagePick<Selected>>
  /** One version of a package. */
  read<Selected extends PackageField = PackageField>(id: PackageKey, options?: PackageShape<Selected>): Promise<PackagePick<Selected>>
  /** Change it, or note that it was installed. */
  update<Selected extends PackageField = PackageField>(id: PackageKey, data: PackageUpdate, options?: PackageChange<Selected>): Promise<PackagePick<Selected>>
  /** Remove it. */
  delete(id: PackageKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Packages, a page at a time. */
  list<Selected extends PackageField = PackageField>(options?: PackageQuery<Selected>): Promise<dbal.Page<PackagePick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: PackageWhere }): Promise<number>
  search<Selected extends PackageField = PackageField>(text: string, options?: PackageQuery<Selected>): Promise<dbal.Page<PackagePick<Selected>>>
  aggregate(options: PackageAggregate): Promise<dbal.Totals[]>
  /** Add several or none. */
  createMany<Returning extends boolean = false>(items: readonly PackageCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, Package>>
  /** Change several or none. */
  updateMany<Returning extends boolean = false>(filter: PackageWhere, data: PackageUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, Package>>
  /** Remove several or none. */
  deleteMany(filter: PackageWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends PackageField = PackageField>(options: PackageShape<Selected> & { where: PackageUnique; create: PackageCreate; update: PackageUpdate }): Promise<PackagePick<Selected>>
}

/** A page. Its level says from which role on it is there at all. */
export interface PageView extends PageViewRelations {
  id: string
  /** Where the page is found, such as /news/today. */
  slug: string
  title: string
  description: string | null
  /** 1 public to 5 supergod. */
  level: number
  layout: dbal.Json
  isActive: boolean
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface PageViewRelations {
  components?: ComponentHierarchy[]
}

export type PageViewField = 'id' | 'slug' | 'title' | 'description' | 'level' | 'layout' | 'isActive' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type PageViewPick<Selected extends PageViewField> = Pick<PageView, Selected> & PageViewRelations

export interface PageViewCreate {
  /** Where the page is found, such as /news/today. */
  slug: string
  title: string
  description?: string | null
  /** 1 public to 5 supergod. */
  level: number
  layout: dbal.Json
  isActive?: boolean
}

export interface PageViewUpdate {
  /** Where the page is found, such as /news/today. */
  slug?: string
  title?: string
  description?: string | null
  /** 1 public to 5 supergod. */
  level?: number
  layout?: dbal.Json
  isActive?: boolean
}

export interface PageViewWhere {
  and?: PageViewWhere | readonly PageViewWhere[]
  or?: PageViewWhere | readonly PageViewWhere[]
  not?: PageViewWhere | readonly PageViewWhere[]
  id?: string | dbal.IdFilter
  slug?: string | dbal.StringFilter
  title?: string | dbal.StringFilter
  description?: string | dbal.StringFilter | null
  level?: number | dbal.NumberFilter
  layout?: dbal.JsonFilter
  [place: `layout.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  isActive?: boolean | dbal.BooleanFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  components?: ComponentHierarchySome
}

export interface PageViewSort {
  id?: dbal.Direction
  slug?: dbal.Direction
  title?: dbal.Direction
  description?: dbal.Direction
  level?: dbal.Direction
  isActive?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type PageViewKey = string

/** The fields of one unique key. */
export interface PageViewUnique {
  id?: string
  slug?: string
}

export interface PageViewInclude {
  components?: boolean | ComponentHierarchyIncluded
}

export interface PageViewIncluded {
  select?: readonly PageViewField[]
  filter?: PageViewWhere
  sort?: PageViewSort | readonly PageViewSort[]
  limit?: number
  include?: PageViewInclude
}

export interface PageViewShape<Selected extends PageViewField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: PageViewInclude
}

export interface PageViewChange<Selected extends PageViewField> extends PageViewShape<Selected> {
  expectedVersion?: number
}

export interface PageViewQuery<Selected extends PageViewField> extends dbal.Paging {
  filter?: PageViewWhere
  sort?: PageViewSort | readonly PageViewSort[]
  select?: readonly Selected[]
  include?: PageViewInclude
}

export interface PageViewAggregate extends dbal.CallOptions {
  filter?: PageViewWhere
  groupBy?: readonly PageViewField[]
  count?: boolean
  sum?: readonly ('level')[]
  avg?: readonly ('level')[]
  min?: readonly PageViewField[]
  max?: readonly PageViewField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface PageViewOperations {
  /** Add a page. */
  create<Selected extends PageViewField = PageViewField>(data: PageViewCreate, options?: PageViewShape<Selected>): Promise<PageViewPick<Selected>>
  /** One page. */
  read<Selected extends PageViewField = PageViewField>(id: PageViewKey, options?: PageViewShape<Selected>): Promise<PageViewPick<Selected>>
  /** Change a page. */
  update<Selected extends PageViewField = PageViewField>(id: PageViewKey, data: PageViewUpdate, options?: PageViewChange<Selected>): Promise<PageViewPick<Selected>>
  /** Remove a page and the components on it. */
  delete(id: PageViewKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Pages that the caller may see. */
  list<Selected extends PageViewField = PageViewField>(options?: PageViewQuery<Selected>): Promise<dbal.Page<PageViewPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: PageViewWhere }): Promise<number>
  search<Selected extends PageViewField = PageViewField>(text: string, options?: PageViewQuery<Selected>): Promise<dbal.Page<PageViewPick<Selected>>>
  aggregate(options: PageViewAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly PageViewCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, PageView>>
  updateMany<Returning extends boolean = false>(filter: PageViewWhere, data: PageViewUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, PageView>>
  deleteMany(filter: PageViewWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends PageViewField = PageViewField>(options: PageViewShape<Selected> & { where: PageViewUnique; create: PageViewCreate; update: PageViewUpdate }): Promise<PageViewPick<Selected>>
  /** The page at an address. */
  getBySlug(slug: string | { slug: string }): Promise<PageView>
  /** The pages of one level. */
  listByLevel(level: number, page?: number, limit?: number, after?: string | null, sort?: PageViewSort | readonly PageViewSort[]): Promise<dbal.Page<PageView>>
  /** The pages of one level. */
  listByLevel(input: { level: number; page?: number; limit?: number; after?: string | null; sort?: PageViewSort | readonly PageViewSort[] }): Promise<dbal.Page<PageView>>
}

/** A login. The session service keeps the SHA-256 of the token here, never the token. */
export interface Session extends SessionRelations {
  id: string
  userId: string
  token: string
  expiresAt: string
  createdAt: string
  lastActivity: string
}

/** Related rows, there where `include` asked for them. */
export interface SessionRelations {
  user?: User | null
}

export type SessionField = 'id' | 'userId' | 'token' | 'expiresAt' | 'createdAt' | 'lastActivity'

/** A row of a call with `select`. */
export type SessionPick<Selected extends SessionField> = Pick<Session, Selected> & SessionRelations

export interface SessionCreate {
  userId: string
  token: string
  expiresAt: dbal.DatetimeInput
  lastActivity?: dbal.DatetimeInput
}

export interface SessionUpdate {
  userId?: string
  token?: string
  expiresAt?: dbal.DatetimeInput
  lastActivity?: dbal.DatetimeInput
}

export interface SessionWhere {
  and?: SessionWhere | readonly SessionWhere[]
  or?: SessionWhere | readonly SessionWhere[]
  not?: SessionWhere | readonly SessionWhere[]
  id?: string | dbal.IdFilter
  userId?: string | dbal.IdFilter
  token?: string | dbal.StringFilter
  expiresAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  lastActivity?: dbal.DatetimeInput | dbal.DatetimeFilter
  user?: UserWhere | null
}

export interface SessionSome {
  some?: SessionWhere
  every?: SessionWhere
  none?: SessionWhere
}

export interface SessionSort {
  id?: dbal.Direction
  userId?: dbal.Direction
  token?: dbal.Direction
  expiresAt?: dbal.Direction
  createdAt?: dbal.Direction
  lastActivity?: dbal.Direction
}

export type SessionKey = string

/** The fields of one unique key. */
export interface SessionUnique {
  id?: string
  token?: string
}

export interface SessionInclude {
  user?: boolean | UserIncluded
}

export interface SessionIncluded {
  select?: readonly SessionField[]
  filter?: SessionWhere
  sort?: SessionSort | readonly SessionSort[]
  limit?: number
  include?: SessionInclude
}

export interface SessionShape<Selected extends SessionField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: SessionInclude
}

export interface SessionChange<Selected extends SessionField> extends SessionShape<Selected> {
  expectedVersion?: number
}

export interface SessionQuery<Selected extends SessionField> extends dbal.Paging {
  filter?: SessionWhere
  sort?: SessionSort | readonly SessionSort[]
  select?: readonly Selected[]
  include?: SessionInclude
}

export interface SessionAggregate extends dbal.CallOptions {
  filter?: SessionWhere
  groupBy?: readonly SessionField[]
  count?: boolean
  sum?: readonly (never)[]
  avg?: readonly (never)[]
  min?: readonly SessionField[]
  max?: readonly SessionField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface SessionOperations {
  /** Keep a login. */
  create<Selected extends SessionField = SessionField>(data: SessionCreate, options?: SessionShape<Selected>): Promise<SessionPick<Selected>>
  /** One login. */
  read<Selected extends SessionField = SessionField>(id: SessionKey, options?: SessionShape<Selected>): Promise<SessionPick<Selected>>
  /** Prolong a login or note its last activity. */
  update<Selected extends SessionField = SessionField>(id: SessionKey, data: SessionUpdate, options?: SessionChange<Selected>): Promise<SessionPick<Selected>>
  /** End a login. */
  delete(id: SessionKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Logins, a page at a time. */
  list<Selected extends SessionField = SessionField>(options?: SessionQuery<Selected>): Promise<dbal.Page<SessionPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: SessionWhere }): Promise<number>
  search<Selected extends SessionField = SessionField>(text: string, options?: SessionQuery<Selected>): Promise<dbal.Page<SessionPick<Selected>>>
  aggregate(options: SessionAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly SessionCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, Session>>
  updateMany<Returning extends boolean = false>(filter: SessionWhere, data: SessionUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, Session>>
  deleteMany(filter: SessionWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends SessionField = SessionField>(options: SessionShape<Selected> & { where: SessionUnique; create: SessionCreate; update: SessionUpdate }): Promise<SessionPick<Selected>>
}

export type UserRole = 'user' | 'admin' | 'god' | 'supergod'

export interface UserRoleFilter {
  eq?: UserRole | null
  ne?: UserRole | null
  gt?: UserRole
  gte?: UserRole
  lt?: UserRole
  lte?: UserRole
  in?: readonly UserRole[]
  notIn?: readonly UserRole[]
  isNull?: boolean
}

/** An account. Its id is what `$user.id` is in access rules, its role what `$user.role` is. */
export interface User extends UserRelations {
  id: string
  username: string
  email: string
  role: UserRole
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface UserRelations {
  luaScripts?: LuaScript[]
  workflows?: Workflow[]
  packages?: Package[]
  credential?: Credential | null
  sessions?: Session[]
}

export type UserField = 'id' | 'username' | 'email' | 'role' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type UserPick<Selected extends UserField> = Pick<User, Selected> & UserRelations

export interface UserCreate {
  username: string
  email: string
  role?: UserRole
}

export interface UserUpdate {
  username?: string
  email?: string
  role?: UserRole
}

export interface UserWhere {
  and?: UserWhere | readonly UserWhere[]
  or?: UserWhere | readonly UserWhere[]
  not?: UserWhere | readonly UserWhere[]
  id?: string | dbal.IdFilter
  username?: string | dbal.StringFilter
  email?: string | dbal.StringFilter
  role?: UserRole | UserRoleFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  luaScripts?: LuaScriptSome
  workflows?: WorkflowSome
  packages?: PackageSome
  credential?: CredentialWhere | null
  sessions?: SessionSome
}

export interface UserSort {
  id?: dbal.Direction
  username?: dbal.Direction
  email?: dbal.Direction
  role?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type UserKey = string

/** The fields of one unique key. */
export interface UserUnique {
  id?: string
  username?: string
  email?: string
}

export interface UserInclude {
  luaScripts?: boolean | LuaScriptIncluded
  workflows?: boolean | WorkflowIncluded
  packages?: boolean | PackageIncluded
  credential?: boolean | CredentialIncluded
  sessions?: boolean | SessionIncluded
}

export interface UserIncluded {
  select?: readonly UserField[]
  filter?: UserWhere
  sort?: UserSort | readonly UserSort[]
  limit?: number
  include?: UserInclude
}

export interface UserShape<Selected extends UserField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: UserInclude
}

export interface UserChange<Selected extends UserField> extends UserShape<Selected> {
  expectedVersion?: number
}

export interface UserQuery<Selected extends UserField> extends dbal.Paging {
  filter?: UserWhere
  sort?: UserSort | readonly UserSort[]
  select?: readonly Selected[]
  include?: UserInclude
}

export interface UserAggregate extends dbal.CallOptions {
  filter?: UserWhere
  groupBy?: readonly UserField[]
  count?: boolean
  sum?: readonly (never)[]
  avg?: readonly (never)[]
  min?: readonly UserField[]
  max?: readonly UserField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface UserOperations {
  /** Open an account. The role may not be as high as the caller's own. */
  create<Selected extends UserField = UserField>(data: UserCreate, options?: UserShape<Selected>): Promise<UserPick<Selected>>
  /** One account. */
  read<Selected extends UserField = UserField>(id: UserKey, options?: UserShape<Selected>): Promise<UserPick<Selected>>
  /** Change an account. Nobody changes the own role. */
  update<Selected extends UserField = UserField>(id: UserKey, data: UserUpdate, options?: UserChange<Selected>): Promise<UserPick<Selected>>
  /** Close an account; its password and its logins go with it. */
  delete(id: UserKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Accounts, a page at a time. */
  list<Selected extends UserField = UserField>(options?: UserQuery<Selected>): Promise<dbal.Page<UserPick<Selected>>>
  /** How many accounts there are. */
  count(options?: dbal.CallOptions & { filter?: UserWhere }): Promise<number>
  /** Accounts whose name or address contains the text. */
  search<Selected extends UserField = UserField>(text: string, options?: UserQuery<Selected>): Promise<dbal.Page<UserPick<Selected>>>
  aggregate(options: UserAggregate): Promise<dbal.Totals[]>
  /** Open several accounts or none. */
  createMany<Returning extends boolean = false>(items: readonly UserCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, User>>
  /** Change several accounts or none. */
  updateMany<Returning extends boolean = false>(filter: UserWhere, data: UserUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, User>>
  /** Close several accounts or none. */
  deleteMany(filter: UserWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends UserField = UserField>(options: UserShape<Selected> & { where: UserUnique; create: UserCreate; update: UserUpdate }): Promise<UserPick<Selected>>
}

export type WorkflowTrigger = 'manual' | 'schedule' | 'event' | 'webhook'

export interface WorkflowTriggerFilter {
  eq?: WorkflowTrigger | null
  ne?: WorkflowTrigger | null
  gt?: WorkflowTrigger
  gte?: WorkflowTrigger
  lt?: WorkflowTrigger
  lte?: WorkflowTrigger
  in?: readonly WorkflowTrigger[]
  notIn?: readonly WorkflowTrigger[]
  isNull?: boolean
}

/** Steps that run when something happens. */
export interface Workflow extends WorkflowRelations {
  id: string
  name: string
  description: string | null
  trigger: WorkflowTrigger
  triggerConfig: dbal.Json
  steps: dbal.Json
  isActive: boolean
  createdBy: string
  createdAt: string
  updatedAt: string
}

/** Related rows, there where `include` asked for them. */
export interface WorkflowRelations {
  creator?: User | null
}

export type WorkflowField = 'id' | 'name' | 'description' | 'trigger' | 'triggerConfig' | 'steps' | 'isActive' | 'createdBy' | 'createdAt' | 'updatedAt'

/** A row of a call with `select`. */
export type WorkflowPick<Selected extends WorkflowField> = Pick<Workflow, Selected> & WorkflowRelations

export interface WorkflowCreate {
  name: string
  description?: string | null
  trigger: WorkflowTrigger
  triggerConfig: dbal.Json
  steps: dbal.Json
  isActive?: boolean
  createdBy: string
}

export interface WorkflowUpdate {
  name?: string
  description?: string | null
  trigger?: WorkflowTrigger
  triggerConfig?: dbal.Json
  steps?: dbal.Json
  isActive?: boolean
  createdBy?: string
}

export interface WorkflowWhere {
  and?: WorkflowWhere | readonly WorkflowWhere[]
  or?: WorkflowWhere | readonly WorkflowWhere[]
  not?: WorkflowWhere | readonly WorkflowWhere[]
  id?: string | dbal.IdFilter
  name?: string | dbal.StringFilter
  description?: string | dbal.StringFilter | null
  trigger?: WorkflowTrigger | WorkflowTriggerFilter
  triggerConfig?: dbal.JsonFilter
  [place: `triggerConfig.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  steps?: dbal.JsonFilter
  [place: `steps.${string}`]: string | number | boolean | dbal.PlaceFilter | null
  isActive?: boolean | dbal.BooleanFilter
  createdBy?: string | dbal.IdFilter
  createdAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  updatedAt?: dbal.DatetimeInput | dbal.DatetimeFilter
  creator?: UserWhere | null
}

export interface WorkflowSome {
  some?: WorkflowWhere
  every?: WorkflowWhere
  none?: WorkflowWhere
}

export interface WorkflowSort {
  id?: dbal.Direction
  name?: dbal.Direction
  description?: dbal.Direction
  trigger?: dbal.Direction
  isActive?: dbal.Direction
  createdBy?: dbal.Direction
  createdAt?: dbal.Direction
  updatedAt?: dbal.Direction
}

export type WorkflowKey = string

/** The fields of one unique key. */
export interface WorkflowUnique {
  id?: string
  name?: string
}

export interface WorkflowInclude {
  creator?: boolean | UserIncluded
}

export interface WorkflowIncluded {
  select?: readonly WorkflowField[]
  filter?: WorkflowWhere
  sort?: WorkflowSort | readonly WorkflowSort[]
  limit?: number
  include?: WorkflowInclude
}

export interface WorkflowShape<Selected extends WorkflowField> extends dbal.CallOptions {
  select?: readonly Selected[]
  include?: WorkflowInclude
}

export interface WorkflowChange<Selected extends WorkflowField> extends WorkflowShape<Selected> {
  expectedVersion?: number
}

export interface WorkflowQuery<Selected extends WorkflowField> extends dbal.Paging {
  filter?: WorkflowWhere
  sort?: WorkflowSort | readonly WorkflowSort[]
  select?: readonly Selected[]
  include?: WorkflowInclude
}

export interface WorkflowAggregate extends dbal.CallOptions {
  filter?: WorkflowWhere
  groupBy?: readonly WorkflowField[]
  count?: boolean
  sum?: readonly (never)[]
  avg?: readonly (never)[]
  min?: readonly WorkflowField[]
  max?: readonly WorkflowField[]
  having?: dbal.Json
  sort?: dbal.Json
  limit?: number
}

export interface WorkflowOperations {
  /** Add a workflow. */
  create<Selected extends WorkflowField = WorkflowField>(data: WorkflowCreate, options?: WorkflowShape<Selected>): Promise<WorkflowPick<Selected>>
  /** One workflow. */
  read<Selected extends WorkflowField = WorkflowField>(id: WorkflowKey, options?: WorkflowShape<Selected>): Promise<WorkflowPick<Selected>>
  /** Change a workflow. */
  update<Selected extends WorkflowField = WorkflowField>(id: WorkflowKey, data: WorkflowUpdate, options?: WorkflowChange<Selected>): Promise<WorkflowPick<Selected>>
  /** Remove a workflow. */
  delete(id: WorkflowKey, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>
  /** Workflows, a page at a time. */
  list<Selected extends WorkflowField = WorkflowField>(options?: WorkflowQuery<Selected>): Promise<dbal.Page<WorkflowPick<Selected>>>
  count(options?: dbal.CallOptions & { filter?: WorkflowWhere }): Promise<number>
  search<Selected extends WorkflowField = WorkflowField>(text: string, options?: WorkflowQuery<Selected>): Promise<dbal.Page<WorkflowPick<Selected>>>
  aggregate(options: WorkflowAggregate): Promise<dbal.Totals[]>
  createMany<Returning extends boolean = false>(items: readonly WorkflowCreate[], options?: dbal.CallOptions & { returning?: Returning }): Promise<dbal.Returned<Returning, Workflow>>
  updateMany<Returning extends boolean = false>(filter: WorkflowWhere, data: WorkflowUpdate, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): Promise<dbal.Returned<Returning, Workflow>>
  deleteMany(filter: WorkflowWhere, options?: dbal.CallOptions & { all?: boolean }): Promise<number>
  upsert<Selected extends WorkflowField = WorkflowField>(options: WorkflowShape<Selected> & { where: WorkflowUnique; create: WorkflowCreate; update: WorkflowUpdate }): Promise<WorkflowPick<Selected>>
}

/** Entities by the client's property. */
export interface SchemaProperties {
  readonly components: ComponentHierarchyOperations
  readonly credentials: CredentialOperations
  readonly luaScripts: LuaScriptOperations
  readonly packages: PackageOperations
  readonly pages: PageViewOperations
  readonly sessions: SessionOperations
  readonly users: UserOperations
  readonly workflows: WorkflowOperations
}

/** Entities by name. */
export interface SchemaEntities {
  readonly ComponentHierarchy: ComponentHierarchyOperations
  readonly Credential: CredentialOperations
  readonly LuaScript: LuaScriptOperations
  readonly Package: PackageOperations
  readonly PageView: PageViewOperations
  readonly Session: SessionOperations
  readonly User: UserOperations
  readonly Workflow: WorkflowOperations
}

/** The whole: `new DBALClient<Schema>({…, entities})`. */
export interface Schema {
  readonly properties: SchemaProperties
  readonly entities: SchemaEntities
}

/** The client's properties and the entities that they stand for. */
export const entities = {
  components: 'ComponentHierarchy',
  credentials: 'Credential',
  luaScripts: 'LuaScript',
  packages: 'Package',
  pages: 'PageView',
  sessions: 'Session',
  users: 'User',
  workflows: 'Workflow',
} as const
