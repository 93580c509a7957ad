"""Declarations of fields: record fields, relations, operations, connections, nodes."""
