const { typeDefs, resolvers, context, host, port } = require('./schema');

const app = require('fastify')();
app.register(require('mercurius'), {
  schema: typeDefs,
  resolvers,
  context: async () => context(),
  jit: 1,
});
app.listen({ host, port });
