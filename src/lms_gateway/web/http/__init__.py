"""HTTP: requests, responses, content negotiation, GraphQL parameters, errors."""
