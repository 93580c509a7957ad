const { createServer } = require('node:http');
const { createSchema, createYoga } = require('graphql-yoga');
const { typeDefs, resolvers, context, host, port } = require('./schema');

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context, logging: false });
createServer(yoga).listen(port, host);
