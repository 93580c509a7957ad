const { ApolloServer } = require('@apollo/server');
const { startStandaloneServer } = require('@apollo/server/standalone');
const { typeDefs, resolvers, context, host, port } = require('./schema');

const server = new ApolloServer({ typeDefs, resolvers });
startStandaloneServer(server, { context: async () => context(), listen: { host, port } });
