"""HTTP of the Canvas simulator: requests, parameters, routes, pages, errors."""
