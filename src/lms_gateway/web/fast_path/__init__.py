"""Code that exists for speed only: see README.md."""
