"""What every layer may talk about: plain Python, no library, no vendor, no GraphQL."""
