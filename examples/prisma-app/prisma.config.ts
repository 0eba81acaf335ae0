/** Where Prisma finds the schema and the database of this application. */
export default { schema: 'prisma/schema.prisma', datasource: { url: process.env['DATABASE_URL'] ?? 'file:./app.db' } }
