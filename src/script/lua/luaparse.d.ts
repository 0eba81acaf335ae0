/** The package `luaparse` brings no types: this is what is used of it. */
declare module 'luaparse' {
  const parser: import('./syntax.ts').Parser
  export default parser
}
